import Foundation
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct SyncCommandTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first")
    try world.write("from/sub/b.txt", "second")
  }

  private func date(_ path: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: "\(world.folder)/\(path)")[.modificationDate] as? Date
  }

  // MARK: The main job

  @Test func aConflictIsDecidedAsChosen() async throws {
    let date = Date(timeIntervalSince1970: 1_500_000_000)
    try world.write("left/f", "newer", modified: date + 1)
    try world.write("right/f", "older and longer", modified: date)
    #expect(await world.run("sync", "left", "right", "--conflict", "destination", "--yes") == .done)
    #expect(world.output.text.contains("Left out: 1 (the destination's version stays, as you chose): f\n"))
    #expect(await world.run("sync", "left", "right", "--conflict", "larger", "--yes") == .done)
    #expect(world.read("right/f") == "older and longer" && world.names("right") == ["f"])
    #expect(await world.run("sync", "left", "right", "--update", "--yes") == .done)
    #expect(world.read("right/f") == "newer" && world.names("right") == [".filesync-vault", "f"])
    // The source is put back to what it was before.
    try world.write("left/f", "from a backup", modified: date - 1000)
    #expect(await world.run("sync", "left", "right", "-u", "--yes") == .done)
    #expect(world.read("right/f") == "newer")
    #expect(await world.run("sync", "left", "right", "--yes") == .done)
    #expect(world.read("right/f") == "from a backup")
    for words in [["--update", "--conflict", "larger"], ["--conflict", "oldest"], ["--mirror", "--update"]] {
      #expect(await Program.run(["sync", "left", "right", "--yes"] + words, world.context()) == .usage, "\(words)")
    }
  }

  /// A dry run ends as the run will, as far as its plan tells.
  @Test(arguments: [
    ["sync", "from", "to"], ["sync", "from", "to", "--two-way"], ["sync", "other", "to", "--files-from", "list"],
    ["sync", "other", "to", "--move", "--conflict", "destination"], ["copy", "other/f", "to"],
  ])
  func aDryRunEndsAsTheRun(_ command: [String]) async throws {
    for path in ["from/a", "to/a/b", "to/f", "other/f"] { try world.write(path, path) }
    try world.write("list", "gone\n")
    #expect(await Program.run(command + ["-n"], world.context()) == .someFailed, "\(world.errors.text)")
    #expect(await Program.run(command + ["-n", "--json"], world.context()) == .someFailed)
    #expect(world.lines.last?["type"] as? String == "error" && world.lines.last?["status"] as? Int == 1)
    #expect(await Program.run(command + ["--yes"], world.context()) == .someFailed)
    #expect(world.read("to/f") == "to/f" && world.read("to/a/b") == "to/a/b")
  }

  @Test func aRuleThatDecidesNothingSaysSo() async throws {
    let date = Date(timeIntervalSince1970: 1_500_000_000)
    for (name, times) in [("same", (date, date)), ("other", (date + 9, date))] {
      try world.write("left/\(name)", "left \(name)", modified: times.0)
      try world.write("right/\(name)", "right \(name), longer", modified: times.1)
    }
    let note = "--conflict newer decides nothing where dates are the same, missing, or in doubt by a time zone; "
    for more in [[], ["--two-way"]] {
      let context = world.context()
      let words = ["sync", "left", "right", "--conflict", "newer", "--dry-run", "--json"] + more
      #expect(await Program.run(words, context) == .done, "\(world.errors.text)")
      let told = world.errors.text.components(separatedBy: note + "both versions are kept if they differ: same\n")
      #expect(told.count == (more.isEmpty ? 2 : 3), "\(world.errors.text)")
      let plan = world.lines.filter { $0["type"] as? String == "plan" }.dropLast(more.count).last
      #expect((plan?["undecided"] as? [[String: Any]])?.map { $0["path"] as? String } == ["same"])
    }
    try world.write("right/other", "12345 other", modified: date)
    try world.write("left/other", "left  other", modified: date + 9)
    #expect(await world.run("sync", "left", "right", "--conflict", "larger", "-n") == .done)
    #expect(world.output.text.contains("larger decides nothing where sizes are equal; both versions are kept if they"))
    #expect(await world.run("sync", "left", "right", "--conflict", "source", "-n") == .done)
    #expect(world.output.text.components(separatedBy: "decides nothing").count == 2)
  }

  @Test func whatIsMadeFirstIsNamedAsAShellTakesIt() async throws {
    for (path, words) in [
      ("no/Ä b/c", "mkdir -p '\(world.folder)/no/Ä b'\n"),
      ("no/d'e $(f)/c", "mkdir -p '\(world.folder)/no/d'\\''e $(f)'\n"),
      ("no/Ä/c", "mkdir -p \(world.folder)/no/Ä\n"),
      ("no/a\u{1B} '/c", "mkdir -p $'\(world.folder)/no/a\\x1b \\''\n"),
    ] {
      #expect(await world.run("sync", "from", path, "--yes") == .notPossible)
      #expect(world.errors.text.hasSuffix("Make it first: " + words), "\(world.errors.text)")
      #expect(await world.run("copy", "from", path, "--yes") == .notPossible)
      #expect(world.errors.text.hasSuffix("Make it first: filesync " + words), "\(world.errors.text)")
    }
    // Without a name there is nothing to paste.
    #expect(shellWord("") == "''" && shellWord("~x") == "'~x'" && shellWord("a-B_9.:/+@%,") == "a-B_9.:/+@%,")
  }

  @Test func anUnknownOptionIsToldOfBeforeAMissingWord() async throws {
    for words in [["sync", "from", "--bogus"], ["sync", "--bogus"], ["profile", "add", "x", "from", "--bogus"]] {
      #expect(await Program.run(words, world.context()) == .usage)
      let told = world.errors.text.split(separator: "Error: ").last.map(String.init) ?? ""
      #expect(told.hasPrefix("Unknown option '--bogus'\nUsage: filesync \(words[0]) "), "\(told)")
      #expect(!told.contains("profile sync"), "\(told)")
    }
    #expect(await world.run("sync", "from") == .usage)
    #expect(world.errors.text.contains("Error: Missing expected argument '<destination>'"))
    #expect(await world.run("profile", "add", "x", "from", "to", "--bogus") == .usage)
    #expect(world.errors.text.contains("See 'filesync profile add --help' for"), "\(world.errors.text)")
  }

  @Test func copiesWithDatesAndThenNothing() async throws {
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.read("to/sub/b.txt") == "second")
    #expect(try date("to/a.txt") == Date(timeIntervalSince1970: 1_500_000_000))
    #expect(world.output.text.contains("2 files copied (11 bytes)."))
    #expect(world.output.text.contains("Dates: 2 kept and verified."))
    #expect(world.output.text.contains("  Folders that get their dates: 1\n"))
    #expect(world.output.text.contains("Dates of folders: 1 kept and verified."))
    #expect(await world.run("sync", "from/", "to/", "--yes") == .done)
    #expect(world.output.text.contains("Nothing copied; 2 files up to date."))
    #expect(world.errors.text.isEmpty)
  }

  @Test func theFirstLineShowsAnExample() async {
    _ = await world.run("sync", "from", "to", "-n")
    let first = world.output.text.split(separator: "\n").first
    #expect(first?.hasPrefix("For example: \(world.folder)/from/a.txt \u{2192} ") == true)
    #expect(first?.hasSuffix("/to/a.txt") == true)
  }

  @Test func warnsOfAFolderOfTheSourcesName() async throws {
    try world.makeFolder("to/from")
    #expect(await world.run("sync", "from/", "to", "-n") == .done)
    #expect(world.output.text.contains("already"))
    #expect(world.output.text.contains("\(world.folder)/to/from"))
  }

  @Test func aDryRunLeavesNothingBehind() async {
    #expect(await world.run("sync", "from", "to", "--dry-run") == .done)
    #expect(world.output.text.contains("copy  sub/b.txt  6 bytes"))
    #expect(world.output.text.contains("  Folders that get their dates: 1\n"))
    #expect(!world.names("").contains("to"))
  }

  @Test func logsGoWhereTheyAreWanted() async throws {
    #expect(await world.run("sync", "from", "to", "--yes", "--log-dir", "\(world.folder)/logs") == .done)
    #expect(world.names("logs").count == 3)
    let environment = ["XDG_STATE_HOME": world.folder + "/state"]
    #expect(await world.run("sync", "from", "to", "--yes", environment: environment) == .done)
    #expect(world.names("state/filesync/logs").count == 3)
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.names("home/.local/state/filesync/logs").count == 3)
  }

  @Test func quietTellsNothing() async {
    #expect(await world.run("sync", "from", "to", "--yes", "--quiet") == .done)
    #expect(world.output.text.isEmpty && world.errors.text.isEmpty)
  }

  @Test func aTerminalGetsABarThatGoesAway() async {
    #expect(await world.run("sync", "from", "to", answers: ["c"]) == .done)
    #expect(world.errors.text.contains("\rLooking at the "))
    // Each picture is wiped out before a line is written.
    #expect(world.errors.text.contains("entries\u{1B}[K\r\u{1B}[K"))
    #expect(!world.output.text.contains("\r"))
  }

  @Test func elsewhereLinesArePlain() async {
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(!(world.output.text + world.errors.text).contains { $0 == "\r" || $0 == "\u{1B}" })
  }

  @Test func verboseTellsEachFile() async {
    #expect(await world.run("sync", "from", "to", "--yes", "--verbose") == .done)
    #expect(world.output.text.components(separatedBy: "\ncopy  a.txt  5 bytes\n").count == 2)
  }

  @Test func verboseTellsAComparedFileOnce() async throws {
    try world.write("to/a.txt", "first", modified: Date(timeIntervalSince1970: 1_000_000_000))
    #expect(await world.run("sync", "from", "to", "--yes", "--verbose") == .done)
    #expect(world.output.text.components(separatedBy: "compare  a.txt").count == 2)
  }

  @Test func aFileWhereAFolderIsHasItsNameTold() async throws {
    try world.makeFolder("to/a.txt")
    #expect(await world.run("sync", "from", "to", "--yes") == .someFailed)
    let line = "Left out: 1 (a file on one side, a folder or a link on the other): a.txt\n"
    #expect(world.output.text.components(separatedBy: line).count == 3, "in the plan, and in the summary")
  }

  @Test func jsonIsOneObjectPerLine() async throws {
    #expect(await world.run("sync", "from", "to", "--yes", "--json") == .done)
    let lines = world.lines
    #expect(lines.count == world.output.text.split(separator: "\n").count)
    #expect(lines.allSatisfy { $0["version"] as? Int == 1 && $0["type"] is String })
    let types = lines.compactMap { $0["type"] as? String }
    for type in ["scanned", "plan", "step", "started", "ended", "finished"] { #expect(types.contains(type)) }
    #expect(types.last == "finished")
    let counts = try #require(lines.last?["counts"] as? [String: Any])
    #expect(counts["filesCopied"] as? Int == 2)
    #expect(world.errors.text.contains("2 files copied"))
  }

  // MARK: Questions

  @Test(arguments: ["Confirm", "c", "C", "y", " yes "])
  func begins(answer: String) async {
    #expect(await world.run("sync", "from", "to", answers: [answer]) == .done)
    #expect(world.read("to/a.txt") == "first")
  }

  @Test(arguments: [["n"], [""], ["conf"], []])
  func declines(answers: [String]) async {
    #expect(await world.run("sync", "from", "to", answers: answers) == .declined)
    #expect(!world.names("").contains("to"))
  }

  @Test(arguments: [
    ["sync", "none", "to"], ["sync", "from", "none/to"], ["copy", "none", "to"], ["copy", "from", "none/to"],
    ["copy", "from", "none/to/"], ["copy", "mtp:/a", "none/to"], ["mv", "none", "mtp:"], ["mv", "none", "no", "mtp:"],
    ["mv", "mtp:/a", "none/to"], ["rm", "-r", "none"], ["dates", "from", "none"], ["run", "none"],
    ["sync", "from", "to", "--files-from", "none"], ["vault", "prune", "none", "--keep", "0"],
    ["vault", "restore", "none"], ["vault", "restore", "1", "--from", "none"],
  ])
  func aFaultOfTheArgumentsIsSaidBeforeThatNobodyCanAnswer(arguments: [String]) async {
    world.bus.plug(.fake())
    #expect(await Program.run(arguments, world.context()) == .notPossible)
    #expect(world.errors.text.contains("none") && !world.errors.text.contains("--yes"))
    #expect(world.bus.opened == 0)
  }

  @Test func withoutATerminalNothingIsAsked() async {
    #expect(await world.run("sync", "from", "to") == .usage)
    #expect(world.errors.text.contains("--yes"))
    #expect(world.names("home").isEmpty)
  }

  @Test func nothingToDoNeedsNoAnswer() async {
    _ = await world.run("sync", "from", "to", "--yes")
    #expect(await world.run("sync", "from", "to", answers: []) == .done)
  }

  @Test(arguments: [(["y"], true), (["n"], false), (["j", "", "Yes"], true), (["x", "NO"], false)])
  func asksAboutWhatIsGoneUntilItIsAnswered(answers: [String], isRestored: Bool) async throws {
    _ = await world.run("sync", "from", "to", "--yes")
    try FileManager.default.removeItem(atPath: world.folder + "/to/a.txt")
    #expect(await world.run("sync", "from", "to", answers: answers + ["c"]) == .done)
    #expect(world.errors.text.components(separatedBy: "Copy them again?").count == answers.count + 1)
    #expect((world.read("to/a.txt") != nil) == isRestored)
    #expect(world.output.text.contains("gone from the destination"))
  }

  @Test func withoutATerminalWhatIsGoneIsReported() async throws {
    _ = await world.run("sync", "from", "to", "--yes")
    try FileManager.default.removeItem(atPath: world.folder + "/to/a.txt")
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.read("to/a.txt") == nil)
    #expect(world.output.text.contains("--restore-missing always"))
    let before = world.output.text.count
    #expect(await world.run("sync", "from", "to", "--yes", "--restore-missing", "never") == .done)
    let told = world.output.text.dropFirst(before)
    #expect(told.contains("Gone from the destination") && !told.contains("--restore-missing"))
    #expect(await world.run("sync", "from", "to", "--yes", "--restore-missing", "always") == .done)
    #expect(world.read("to/a.txt") == "first")
  }

  @Test func anInterruptionAtTheQuestionCopiesNothing() async {
    let context = world.context(answers: [])
    var waiting = context
    let world = world
    waiting.readLine = {
      world.interrupt.raise(.interrupt)
      return "c"
    }
    #expect(await Program.run(["sync", "from", "to"], waiting) == .interrupted)
    #expect(world.errors.text.contains("Run the same command again"))
    #expect(!world.names("").contains("to"))
  }

  @Test func anInterruptionStopsTheRunInGoodOrder() async {
    let world = world
    var context = world.context()
    let output = context.output
    context.output.write = { text in
      output.write(text)
      if text.contains("\"type\":\"started\"") { world.interrupt.raise(.terminate) }
    }
    #expect(await Program.run(["sync", "from", "to", "--yes", "--json"], context) == .terminated)
    #expect(world.lines.contains { $0["type"] as? String == "finished" && $0["ending"] as? String == "interrupted" })
    #expect(world.lines.last?["status"] as? Int == 143)
    #expect(world.errors.text.contains("Interrupt again to stop at once"))
    #expect(world.exits.statuses.isEmpty)
  }

  // MARK: Bad input

  @Test func aJournalThatIsNoneIsLeftAlone() async throws {
    try world.write(
      "home/.local/share/filesync/journal.sqlite",
      "This is no database, and long enough to be sure of it."
    )
    world.bus.plug(.fake())
    #expect(await world.run("sync", "mtp:", "to", "--yes") == .notPossible)
    #expect(world.errors.text.contains("journal.sqlite"))
    #expect(world.read("home/.local/share/filesync/journal.sqlite")?.hasPrefix("This is no database") == true)
    #expect(world.bus.opened == 0)
  }

  @Test func aDestinationThatWasEmptiedStopsTheRun() async throws {
    for number in 1...30 { try world.write("from/\(number)") }
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    try FileManager.default.removeItem(atPath: world.folder + "/to")
    #expect(await world.run("sync", "from", "to", "--yes") == .refused)
    #expect(world.errors.text.contains("--new-destination"))
    #expect(await world.run("sync", "from", "to", "--dry-run") == .refused)
    #expect(!world.names("").contains("to"))
    #expect(await world.run("sync", "from", "to", "--yes", "--new-destination") == .done)
    #expect(world.names("to").count == 32)
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func theDestinationMustBeWritable() async throws {
    try world.makeFolder("to")
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: world.folder + "/to")
    #expect(await world.run("sync", "from", "to", "--yes") == .notPossible)
    #expect(world.errors.text.contains("to cannot be written to"))
    #expect(await world.run("sync", "from", "to", "-n") == .done)
  }

  @Test func theSourceMustBeAFolder() async throws {
    #expect(await world.run("sync", "nothing", "to", "--yes") == .notPossible)
    #expect(world.errors.text.contains("nothing does not exist"))
    #expect(await world.run("sync", "from/a.txt", "to", "--yes") == .notPossible)
    #expect(world.errors.text.contains("from/a.txt is not a folder"))
    #expect(await world.run("sync", "from/a.txt/x", "to", "--yes") == .notPossible)
    #expect(world.names("home").isEmpty)
  }

  @Test func theDestinationMustBeAFolderOrCanBecomeOne() async throws {
    try world.write("file")
    #expect(await world.run("sync", "from", "file", "--yes") == .notPossible)
    #expect(await world.run("sync", "from", "no/such/folder", "--yes") == .notPossible)
    #expect(world.errors.text.contains("The folder above no/such/folder does not exist"))
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/link", withDestinationPath: "nowhere")
    #expect(await world.run("sync", "from", "link", "--yes") == .notPossible)
    #expect(world.names("").filter { $0 != "file" && $0 != "link" } == ["from"])
  }

  @Test(arguments: [
    ("from", "from/."), ("from", "from/sub"), ("from/sub", "from"), ("from", "alias"), ("from", "from/new"),
    ("from", "alias/new"),
  ])
  func oneFolderCannotLieInTheOther(source: String, destination: String) async throws {
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/alias", withDestinationPath: "from")
    #expect(await world.run("sync", source, destination, "--yes") == .usage)
    #expect(!world.names("from").contains("new"))
  }

  @Test func namesThatOnlyBeginAlikeAreApart() async {
    #expect(await world.run("sync", "from", "from2", "--yes") == .done)
  }

  // MARK: Devices as destinations

  @Test(arguments: ["mtp:Pixel 7/internal/DCIM", "mtp:Pixel 7/internal/DCIM/new"])
  func syncsOntoADevice(destination: String) async throws {
    try world.makeFolder("phone/DCIM")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    #expect(await world.run("sync", "from", destination, "--dry-run") == .done)
    #expect(world.names("phone/DCIM").isEmpty)
    #expect(await world.run("sync", "from", destination, "--yes") == .done)
    let copy = destination.hasSuffix("new") ? "phone/DCIM/new" : "phone/DCIM"
    #expect(world.read("\(copy)/sub/b.txt") == "second")
    #expect(try date("\(copy)/a.txt") == Date(timeIntervalSince1970: 1_500_000_000))
    #expect(await world.run("sync", "from", destination, "--yes") == .done)
    #expect(world.output.text.contains("Nothing copied; 2 files up to date."))
    #expect(world.bus.opened == world.bus.closed)
  }

  @Test func aDeviceThatTakesNoFilesIsLeftAlone() async throws {
    try world.makeFolder("phone/DCIM")
    world.bus.fill(from: world.folder + "/phone", isReadOnly: true)
    world.bus.plug(.fake())
    #expect(await world.run("sync", "from", "mtp:/DCIM", "--yes") == .notPossible)
    #expect(world.errors.text.contains("Google Pixel 7 cannot be written to"))
  }

  @Test(arguments: [
    ("mtp:/DCIM/no/such", "The folder above mtp:/DCIM/no/such does not exist"),
    ("mtp:/DCIM/file", "mtp:/DCIM/file: It is a file"),
  ])
  func aFolderOnADeviceMustBeThereOrCanBecomeOne(destination: String, words: String) async throws {
    try world.write("phone/DCIM/file")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    #expect(await world.run("sync", "from", destination, "--yes") == .notPossible)
    #expect(world.errors.text.contains(words))
    #expect(world.names("phone/DCIM") == ["file"])
  }

  @Test(arguments: [
    ("mtp:/DCIM", "mtp:2B1111//DCIM"), ("mtp:/DCIM", "mtp:/DCIM/sub"), ("mtp:/DCIM/sub", "mtp:/DCIM"),
    ("mtp:", "mtp:/DCIM"),
  ])
  func foldersOfOneDeviceMustBeApart(source: String, destination: String) async throws {
    try world.makeFolder("phone/DCIM/sub")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    #expect(await world.run("sync", source, destination, "--yes") == .usage)
    #expect((world.bus.opened, world.bus.closed) == (1, 1))
  }

  @Test(arguments: [
    ["--quiet", "--verbose"], ["--wait", "-1"], ["--wait", "soon"], ["--keep-logs", "0"],
    ["--restore-missing", "maybe"],
    ["--nonsense"],
  ])
  func badOptions(options: [String]) async {
    #expect(await Program.run(["sync", "from", "to", "--yes"] + options, world.context()) == .usage)
    #expect(!world.errors.text.isEmpty)
  }

  @Test(arguments: [
    ["sync", "from", "to", "--yes", "--wait", "-5"], ["sync", "from", "to", "--yes", "--wait=-5"],
    ["ls", "mtp:", "--wait", "-5"], ["ls", "mtp:", "--wait", "nan"],
  ])
  func waitsOnlyForTimeToCome(arguments: [String]) async {
    #expect(await Program.run(arguments, world.context()) == .usage)
    #expect(world.errors.text.contains("'--wait <seconds>': write a number of seconds, 0 to 31536000\n"))
  }

  @Test func failuresAreJSONToo() async throws {
    #expect(await world.run("sync", "nothing", "to", "--yes", "--json") == .notPossible)
    let line = try #require(world.lines.last)
    #expect(line["type"] as? String == "error" && line["status"] as? Int == 4)
    #expect(line["cause"] as? String == "nothing does not exist" && line["cure"] is String)
  }

  // MARK: Devices

  @Test func noDevice() async {
    #expect(await world.run("sync", "mtp:", "to", "--yes") == .notReady)
    #expect(world.errors.text.contains("No MTP device is connected"))
    #expect(!world.names("").contains("to"))
  }

  @Test func twoDevicesAndNoneNamed() async {
    world.bus.plug(.fake(), .fake("Galaxy", serial: "RZ8", address: 6))
    #expect(await world.run("sync", "mtp:", "to", "--yes") == .usage)
    #expect(world.errors.text.contains("mtp:2B1111") && world.errors.text.contains("mtp:RZ8"))
  }

  /// The device that is named is neither opened nor waited for, where the other location means two.
  @Test(arguments: ["sync", "copy", "mv", "check", "dates"]) func eachLocationMeansOneBeforeAnyIsOpened(command: String)
    async
  {
    world.bus.plug(.fake(), .fake("Galaxy", serial: "RZ8", address: 6))
    world.bus.lock(true)
    #expect(await world.run(command, "mtp:RZ8/internal/a", "mtp:/internal", "--yes", "--wait", "600") == .usage)
    #expect(world.errors.text.contains("Several devices are connected") && world.bus.opened == 0 && world.bus.time == 0)
  }

  @Test func aFolderThatIsNotOnTheDevice() async {
    world.bus.fill(from: world.folder + "/from")
    world.bus.plug(.fake())
    #expect(await world.run("sync", "mtp:Pixel 7/internal/DCIN", "to", "--yes") == .notPossible)
    #expect(world.errors.text.contains("DCIN: There is no such folder on the device"))
    #expect(world.bus.closed == 1)
  }

  @Test func kdesAddressesReachTheDevice() async {
    world.bus.fill(from: world.folder + "/from")
    world.bus.plug(.fake())
    #expect(await world.run("ls", "mtp:/Pixel%207/Internal%20shared%20storage/DCIN") == .notPossible)
    #expect(world.errors.text.contains("DCIN: There is no such folder on the device"))
  }
}
