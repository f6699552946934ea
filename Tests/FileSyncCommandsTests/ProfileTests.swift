import ArgumentParser
import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// `filesync profile` and `filesync run`.
@Suite(.fewAtOnce) struct ProfileTests {
  private let world: World
  private let folder = "home/.config/filesync/profiles"

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first")
    try world.write("from/b.tmp", "left out")
    try world.write("rules", "- *.tmp")
  }

  /// What a command says, given that it ends so: all that it prints.
  private func told(_ status: CommandStatus, _ arguments: String...) async -> String { await told(status, arguments) }

  private func told(_ status: CommandStatus, _ arguments: [String]) async -> String {
    let (output, errors) = (world.output.text.count, world.errors.text.count)
    let ended = await Program.run(arguments, world.context())
    let told = String(world.output.text.dropFirst(output)) + String(world.errors.text.dropFirst(errors))
    #expect(ended == status, "\(arguments): \(told)")
    return told
  }

  private func arguments(_ name: String) throws -> [String] {
    try ProfileFormat.lines(try #require(world.read("\(folder)/\(name)"))).map(\.word)
  }

  @Test func keepsRunsListsShowsAndRemoves() async throws {
    let added = await told(.done, "profile", "add", "cam", "from", "to", "--filter-from", "rules", "--log-dir=logs")
    #expect(added == "Kept in \(world.folder)/\(folder)/cam. To run it: filesync run cam\n")
    let place = world.folder
    #expect(
      try arguments("cam") == [
        "\(place)/from", "\(place)/to", "--filter-from", "\(place)/rules", "--log-dir=\(place)/logs",
      ]
    )
    #expect(world.names(folder) == ["cam"])

    #expect(await told(.usage, "run", "cam").contains("Add --yes"))
    #expect(await told(.done, "run", "cam", "--dry-run").contains("copy  a.txt"))
    #expect(await !told(.done, "run", "cam", "--dry-run", "--exclude", "a.*").contains("copy  a.txt"))
    #expect(!world.names("").contains("to"))
    #expect(await told(.done, "run", "cam", "--yes", "--json").contains("\"filesCopied\":1"))
    #expect(world.names("to") == ["a.txt"] && world.names("logs").count == 9)

    #expect(await told(.done, "profile").hasPrefix("cam  \(place)/from \u{2192} \(place)/to\n"))
    #expect(
      await told(.done, "profile", "show", "cam").contains("\n--filter-from\n\(place)/rules\n--log-dir=\(place)/logs\n")
    )
    for words in [["list"], ["show", "cam"]] {
      let before = world.output.text.count
      #expect(await Program.run(["profile"] + words + ["--json"], world.context()) == .done)
      let line = String(world.output.text.dropFirst(before))
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["type"] as? String == "profile" && object["name"] as? String == "cam")
      #expect(object["source"] as? String == "\(place)/from" && object["file"] as? String == "\(place)/\(folder)/cam")
      #expect(object["arguments"] as? [String] == (try arguments("cam")))
    }
    #expect(await told(.done, "profile", "remove", "cam") == "Removed \(place)/\(folder)/cam.\n")
    #expect(world.names(folder).isEmpty && world.names("to") == ["a.txt"])
    #expect(await told(.done, "profile", "list").hasPrefix("There is no profile."))
  }

  /// Options keep their places and values, wherever they stand among the names, whatever the values are.
  @Test func optionsAreKeptWhereverTheyStand() async throws {
    let place = world.folder
    for (typed, kept) in [
      (["p", "from", "to", "--exclude", "to", "--exclude", "p", "-c"], ["--exclude", "to", "--exclude", "p", "-c"]),
      (["--exclude", "from", "p", "--yes", "from", "--replace", "to"], ["--exclude", "from", "--yes"]),
      (
        ["p", "--include=# odd", "--exclude", " \"x\" 'y'", "--", "from", "to"],
        ["--include=# odd", "--exclude", " \"x\" 'y'"]
      ),
      (["p", "./from", "././to", "--exclude", "写真 *.é"], ["--exclude", "写真 *.é"]),
    ] {
      #expect(
        await Program.run(["profile", "add", "--replace"] + typed, world.context()) == .done,
        "\(world.errors.text)"
      )
      #expect(try arguments("p") == ["\(place)/from", "\(place)/to"] + kept)
    }
    for (typed, kept) in [
      (".", place), ("mtp:x/card/a b", "mtp:x/card/a b"), ("./mtp:x", "\(place)/mtp:x"), ("/x/../y", "/x/../y"),
    ] {
      #expect(await Program.run(["profile", "add", "--replace", "p", typed, "/to"], world.context()) == .done)
      #expect(try arguments("p") == [kept, "/to"])
    }
  }

  /// Every option of `sync` whose value names a file or folder is known to be one, also one that is new.
  @Test func everyPathOfSyncIsMadeWhole() throws {
    let dump = try #require(
      try JSONSerialization.jsonObject(with: Data(SyncCommand._dumpHelp().utf8)) as? [String: Any]
    )
    let command = try #require(dump["command"] as? [String: Any])
    var found: [String] = []
    for argument in try #require(command["arguments"] as? [[String: Any]]) where argument["kind"] as? String == "option"
    {
      let completion = try (argument["completionKind"] as? [String: Any]).map { try #require($0.keys.first) }
      guard completion == "file" || completion == "directory" else { continue }
      let names = try #require(argument["names"] as? [[String: Any]])
      found.append("--" + (try #require(names.first?["name"] as? String)))
    }
    #expect(found.sorted() == SyncWords.pathOptions.sorted())
  }

  /// It is kept for the runs, and holds for what adds the profile.
  @Test func jsonHoldsForAddingToo() async throws {
    #expect(await told(.done, "profile", "add", "cam", "from", "to", "--json").hasPrefix("{"))
    let line = try #require(world.lines.last)
    #expect(world.lines.count == 1 && line["type"] as? String == "profile" && line["name"] as? String == "cam")
    #expect(line["file"] as? String == "\(world.folder)/\(folder)/cam")
    let kept = try arguments("cam")
    #expect(line["arguments"] as? [String] == kept && kept.last == "--json")
    _ = await told(.notPossible, "profile", "add", "cam", "from", "to", "--json")
    #expect(world.lines.last?["type"] as? String == "error" && world.lines.last?["status"] as? Int == 4)
  }

  @Test func aDeviceOfAProfileCanBeAPattern() async throws {
    try world.write("phone/DCIM/1.jpg", "a picture")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake(), .fake("Galaxy", serial: "RZ8", address: 6))
    _ = await told(.done, "profile", "add", "cam", "mtp:Pixel*/internal/DCIM", "to", "--mirror")
    #expect(await told(.done, "run", "cam", "-n").contains("copy  1.jpg"))
    _ = await told(.done, "run", "cam", "--yes")
    #expect(world.names("to") == ["1.jpg"])
  }

  @Test func nothingIsReplacedUnasked() async throws {
    _ = await told(.done, "profile", "add", "cam", "from", "to")
    let before = world.read("\(folder)/cam")
    #expect(await told(.notPossible, "profile", "add", "cam", "from", "elsewhere").contains("exists already"))
    #expect(world.read("\(folder)/cam") == before && world.names(folder) == ["cam"])
    // A link, as people who keep such files elsewhere have, stays one.
    try world.write("mine/cam", "/a\n/b\n")
    try FileManager.default.removeItem(atPath: "\(world.folder)/\(folder)/cam")
    try FileManager.default.createSymbolicLink(
      atPath: "\(world.folder)/\(folder)/cam",
      withDestinationPath: "\(world.folder)/mine/cam"
    )
    #expect(await told(.notPossible, "profile", "add", "cam", "from", "to").contains("exists already"))
    _ = await told(.done, "profile", "add", "--replace", "cam", "from", "to")
    #expect(world.read("mine/cam") == before && world.names("mine") == ["cam"])
    // A folder in the way.
    try world.makeFolder("\(folder)/full/x")
    _ = await told(.notPossible, "profile", "add", "--replace", "full", "from", "to")
    #expect(await told(.notPossible, "run", "full", "--yes").contains("is no file"))
    #expect(world.names(folder) == ["cam", "full"])
  }

  @Test(arguments: [
    ["add"], ["add", "x"], ["add", "x", "from"], ["add", "x", "from", "to", "more"],
    ["add", "x", "from", "to", "--foo"],
    ["add", "x", "from", "to", "--min-size", "q"], ["add", "x", "from", "to", "--quiet", "--verbose"],
    ["add", "x", "from", "to", "--exclude", "["],
    ["add", "x", "from", "to", "--files-from", "-"], ["add", "x", "", "to"], ["add", "x", "mtp:a/b/../c", "to"],
    ["add", ".x", "from", "to"], ["add", "a/b", "from", "to"], ["add", "", "from", "to"], ["add", "é", "from", "to"],
    ["add", String(repeating: "x", count: 65), "from", "to"], ["show"], ["show", "../../x"],
    ["show", "a", "b"],
    ["remove"], ["remove", ".."], ["list", "x"], ["frobnicate"],
  ])
  func badInput(words: [String]) async throws {
    #expect(await Program.run(["profile"] + words, world.context()) == .usage, "\(world.output.text)")
    #expect(
      !world.errors.text.isEmpty && !world.names("home/.config/filesync").contains("profiles"),
      "\(world.errors.text)"
    )
  }

  @Test(arguments: [
    ["profile", "show", "none"], ["profile", "remove", "none"], ["run", "none"], ["autorun", "print", "none"],
    ["profile", "add", "x", "from", "to", "--filter-from", "none"],
    ["profile", "add", "x", "from", "to", "--files-from", "none"],
  ])
  func whatIsMissingIsNoWrongUsage(words: [String]) async throws {
    #expect(await told(.notPossible, words).contains("none"))
    #expect(!world.names("home/.config/filesync").contains("profiles"))
  }

  /// A profile that somebody has edited: each error has file, line and reason, and no device was touched.
  @Test(arguments: [
    ("mtp:\n/to\n--foo\n--yes", "line 3: Unknown option '--foo'.\nDid you mean"),
    ("mtp:", "at its end: Missing expected"),
    ("", "at its end: Missing expected"), ("mtp:\n/to\n--quiet\n\n--verbose", "line 5: --quiet and --verbose exclude"),
    ("mtp:\n/to\n/more\n--yes", "line 3: Unexpected argument '/more'"),
    ("mtp:\n/to\n--help", "line 3: --help has no place"),
    ("mtp:\n--exclude\n--yes\n/to", "line 2: Missing value for '--exclude"),
    ("mtp:\nto", "line 2: to is no whole path"),
    ("--min-size\nq\nmtp:\n/to", "line 2: The value 'q' is invalid"), ("mtp:\n/to\n--", "line 3: -- has no place"),
    ("# x\nmtp:\n/to\n--exclude *", "line 4: --exclude * is more"), ("mtp:a/b/../c\n/to", "line 1: mtp:a/b/../c"),
    ("mtp:\n/to\n--log-dir\nlogs", "line 4: logs is no whole path"),
    ("---completion\nls\n--\n0", "line 1: ---completion"),
    ("mtp:\n/to\n--files-from=-", "line 3: A profile reads nothing"),
    ("mtp:\n/to\n--exclude\na[\n--yes", "line 4: --exclude a[:"),
    ("mtp:\n/to\n--generate-completion-script", "line 3: --generate"), ("\"mtp:\n/to", "line 1: The quote"),
    ("mtp:\n/to\n--keep-logs\n0", "line 4: The value '0' is invalid for '--keep-logs"),
    ("mtp:\n/to\n--ignore\u{7}", "line 3: Unknown option '--ignore\\x07'"),
  ])
  func badProfiles(text: String, words: String) async throws {
    world.bus.plug(.fake())
    try world.write("\(folder)/cam", text)
    let place = "filesync: \(world.folder)/\(folder)/cam, "
    for command in [["run", "cam", "--yes"], ["profile", "show", "cam"], ["run", "cam", "-n", "--json"]] {
      let before = world.errors.text.count
      #expect(await Program.run(command, world.context()) == .usage)
      #expect(world.errors.text.dropFirst(before).hasPrefix(place + words), "\(world.errors.text.dropFirst(before))")
    }
    #expect(world.output.text.contains("\"status\":64"))
    #expect(await told(.done, "profile", "list").hasPrefix("cam  cannot be run: "))
    #expect(world.bus.opened == 0)
  }

  @Test func whatCanBeWrittenIsSaidOfAnEditedProfile() async throws {
    try world.write("\(folder)/cam", "/from\n/to\n--conflict\nno")
    let told = await told(.usage, "run", "cam", "--yes")
    #expect(told.contains("line 4: The value 'no' is invalid for '--conflict <which>': write both, newer, "), "\(told)")
    #expect(told.hasSuffix("larger, source, destination or ask.\n"), "\(told)")
  }

  @Test func whatAProfileNamesAndIsNotThereIsToldWithItsLine() async throws {
    for option in ["--filter-from", "--files-from"] {
      try world.write("\(folder)/cam", "mtp:\n/to\n\(option)\n/none")
      let told = await told(.notPossible, "run", "cam", "--yes")
      #expect(told.hasPrefix("filesync: \(world.folder)/\(folder)/cam, line 4: \(option) /none: there is no such file"))
    }
    #expect(world.bus.opened == 0)
  }

  @Test func otherFilesInTheFolderAreNoProfiles() async throws {
    _ = await told(.done, "profile", "add", "cam", "from", "to")
    for name in [".cam.swp", "cam~", "#cam#"] { try world.write("\(folder)/\(name)", "x") }
    try world.makeFolder("\(folder)/sub")
    try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(world.folder)/\(folder)/bytes"))
    let list = await told(.done, "profile")
    #expect(
      list.split(separator: "\n").map { String($0.prefix(7)) } == [
        "bytes  ", "A profi", "cam  \(world.folder.prefix(2))",
      ]
    )
    #expect(await told(.usage, "run", "bytes", "--yes").contains("it is no UTF-8 text"))
    for words in [
      ["run", "cam", "there"], ["run"], ["run", "cam", "--", "x"], ["run", "cam", "--foo"],
    ] {
      #expect(await Program.run(words, world.context()) == .usage)
    }
    #expect(await told(.done, "run", "cam", "--help").contains("Syncs as a profile says."))
  }

  @Test func theFolderIsWhereTheUserWantsIt() async throws {
    var context = world.context(environment: ["XDG_CONFIG_HOME": world.folder + "/config"])
    #expect(await Program.run(["profile", "add", "cam", "from", "~x"], context) == .done)
    #expect(world.names("config/filesync/profiles") == ["cam"])
    context.environment["XDG_CONFIG_HOME"] = "relative"
    #expect(context.configDirectory == world.folder + "/home/.config/filesync")
    // Above all, an edited file may name the user's folder as people do.
    try world.write("\(folder)/home", "~/from\n~/to\n--yes\n")
    try world.write("home/from/x")
    #expect(await told(.done, "run", "home").contains("1 file copied"))
    #expect(world.names("home/to") == ["x"])
  }

  /// With a device, over real libmtp, as a script would.
  @Test func aProfileOfADeviceRuns() async throws {
    let devices = try DeviceWorld()
    try devices.world.write("phone/DCIM/one.jpg", "first picture")
    let phone = DeviceWorld.Device(profile: "android")
    let script = """
      "$filesync" profile add photos mtp:/DCIM Pictures --yes || exit 10
      cd / && "$filesync" run photos --json || exit 11
      """
    let first = try await devices.bash(script, on: phone)
    #expect(first.status == .exited(0) && first.copied == 1, "\(first.errors)")
    try devices.expectSame("phone/DCIM", "Pictures")
    let again = try await devices.filesync("run", "photos", on: phone)
    #expect(again.status == .exited(0) && again.output.hasSuffix("Nothing copied; 1 file up to date.\n"))
    // Neither a bar nor anything else for a terminal, as the journal of systemd wants it.
    #expect(again.errors.isEmpty && !again.output.contains("\u{1B}") && !again.output.contains("\r"))
  }
}
