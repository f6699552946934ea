import Foundation
import GRDB
import Storage
import Subprocess
import Testing

@testable import FileSyncCommands

/// `filesync history` and `log`, and manifests from hand to hand.
@Suite(.fewAtOnce) struct HistoryTests {
  private let world: World

  init() throws { world = try World() }

  // MARK: What runs did

  @Test func runsAreListedWithTheirSteps() async throws {
    #expect(await world.run("history") == .done)
    #expect(world.output.text == "No run is on record.\n")
    #expect(await world.run("log") == .notPossible)
    try world.write("from/a\u{1B}.txt")
    try world.write("to/same.txt")
    try world.write("from/same.txt", modified: Date(timeIntervalSince1970: 1_000_000_000))
    for arguments in [["dates", "from", "to"], ["sync", "from", "to"], ["copy", "from", "to"]] {
      #expect(await Program.run(arguments + ["--yes", "--quiet"], world.context()) == .done)
    }
    #expect(await world.run("history", "--json", "--last", "2") == .done)
    #expect(world.lines.map { $0["command"] as? String } == ["sync", "copy"])
    #expect(world.lines.first?["source"] as? String == "\(world.folder)/from")
    #expect(await world.run("history") == .done)
    #expect(world.output.text.contains("dates  \(world.folder)/from \u{2192} \(world.folder)/to  done: 1 dated"))
    #expect(await world.run("log", "2") == .done)
    #expect(world.output.text.contains("\ndone  copy  a\\x1b.txt  (new)\n"))
    #expect(await world.run("log", "2", "--json") == .done)
    #expect(world.lines.contains { $0["type"] as? String == "recordedStep" && $0["path"] as? String == "a\u{1B}.txt" })
    #expect(await world.run("log", "99") == .notPossible)
    #expect(await world.run("history", "--last", "0") == .usage)
    #expect(world.errors.text.contains("write a whole number, 1 or more"))
  }

  /// What is done without a plan, too: with its logs, and also where a part of it failed.
  @Test func whatIsMadeAndRemovedIsOnRecord() async throws {
    #expect(await world.run("mkdir", "-p", "a/b/c", "d") == .done)
    try world.write("a/b/one")
    try world.write("a/two")
    #expect(await world.run("rm", "-r", "--yes", "a/b", "a/two", "none") == .someFailed)
    #expect(await world.run("mv", "d", "e") == .done)
    #expect(await world.run("history") == .done)
    let here = world.folder
    for line in [
      "mkdir  /  done: 4 made", "rm  \(here)/a  done in part: 4 removed",
      "mv  \(here) \u{2192} \(here)  done: 1 moved",
    ] {
      #expect(world.output.text.contains("  \(line)\n"), "\(world.output.text)")
    }
    #expect(await world.run("log", "2") == .done)
    let steps = ["b/one", "b/c", "b", "two"].map { "\ndone  remove  \($0)" }.joined()
    #expect(world.output.text.contains(steps + "\n"), "\(world.output.text)")
    #expect(await world.run("log", "1") == .done)
    #expect(world.output.text.contains("/a/b/c  (new)\n"), "\(world.output.text)")
    #expect(await world.run("history", "--json", "--last", "2") == .done)
    let counts = world.lines.map { $0["counts"] as? [String: Any] }
    #expect(counts.first??["removed"] as? Int == 4 && counts.last??["moved"] as? Int == 1)
    let logs = try FileManager.default.contentsOfDirectory(atPath: "\(world.folder)/home/.local/state/filesync/logs")
    #expect(logs.count == 9 && logs.count { $0.hasPrefix("main_logger") } == 3, "\(logs)")
    let text = try logs.filter { $0.hasPrefix("main_logger") }.sorted()
      .map { try String(contentsOfFile: "\(world.folder)/home/.local/state/filesync/logs/\($0)", encoding: .utf8) }
    #expect(text.contains { $0.contains("remove b/one") } && text.contains { $0.contains("move d \u{2192} e") })
  }

  @Test func whatWasLeftOutIsTold() async throws {
    try world.write("from/a")
    #expect(unsafe mkfifo(world.folder + "/from/pipe", 0o600) == 0)
    #expect(await world.run("sync", "from", "to", "--yes", "--quiet") == .done)
    #expect(await world.run("log") == .done)
    #expect(world.output.text.contains("\nleft out  pipe  (no regular file)\n"), "\(world.output.text)")
    #expect(await world.run("log", "--json") == .done)
    let step = try #require(world.lines.first { $0["path"] as? String == "pipe" })
    #expect(["change", "reason", "phase"].map { step[$0] as? String } == ["skip", "specialFile", "skipped"])
    // It is no open step of the next run.
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.output.text.contains("Nothing copied; 1 file up to date."))
  }

  /// As the first version wrote it, before names, folder dates and zones were counted.
  @Test func theNumbersOfOlderRunsAreShown() async throws {
    try world.write("from/a")
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    let old = """
      {"adopted":4,"bytesCopied":5,"created":["absent",2],"failed":0,"filesCopied":2,"filesKeptBoth":0,\
      "filesReplaced":1,"foldersMade":3,"linksCopied":0,"missingFromCheckpoint":0,"modified":["verified",2],\
      "skipped":0,"unchanged":7}
      """
    let journal = try DatabaseQueue(path: world.folder + "/home/.local/share/filesync/journal.sqlite")
    try await journal.write { try $0.execute(sql: "UPDATE run SET counts = ?", arguments: [old]) }
    #expect(await world.run("history") == .done)
    #expect(world.output.text.contains("done: 2 copied, 1 replaced, 4 put on record, 7 up to date\n"))
    #expect(await world.run("history", "--json") == .done)
    let counts = try #require(world.lines.last?["counts"] as? [String: Any])
    #expect(counts["namesMapped"] as? Int == 0 && counts["modified"] as? [String: Int] == ["verified": 2])
  }

  /// Whatever the journal calls it.
  @Test func endingsAreToldInWords() async throws {
    try world.write("from/a")
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    let journal = try DatabaseQueue(path: world.folder + "/home/.local/share/filesync/journal.sqlite")
    let runs = "UPDATE run SET ending = ?, process_started = 0"
    let endings = ["done", "someFailed", "notReady", "refused", "notPossible", "journalFailed", "interrupted", nil]
    for ending in endings {
      let before = world.output.text.count
      try await journal.write { try $0.execute(sql: runs, arguments: [ending]) }
      #expect(await world.run("history") == .done)
      let words = String(world.output.text.dropFirst(before).split(separator: "  ").last ?? "").prefix { $0 != "\n" }
      #expect(words.hasSuffix(": 1 copied"))
      #expect(words.contains(/^[a-z ,:]+: 1 copied$/), "no word of a program's: \(words)")
    }
    let steps = "UPDATE step SET phase = 'failed', change = ?, code = ?"
    for code in StorageError.Reason.allCases {
      try await journal.write { try $0.execute(sql: steps, arguments: ["makeFolder", code.rawValue]) }
      let before = world.output.text.count
      #expect(await world.run("log") == .done)
      let line = world.output.text.dropFirst(before).split(separator: "\n").last ?? ""
      #expect(line.hasPrefix("failed  folder  a  ("))
      #expect(!line.contains(/[a-z][A-Z]/), "no word of a program's: \(line)")
    }
  }

  // MARK: Manifests

  private static let header = #"{"type":"manifest","version":1}"#
  private static let storage = """
    {"type":"storage","version":1,"storage":7,"volume":"00010001","label":"Internal","capacity":64000000000,\
    "device":{"mtpSerial":"A1B2C3","vendorID":6353,"model":"Pixel","firmware":"1"}}
    """

  private static func file(
    _ path: String = "a.jpg",
    size: String = "10",
    run: Int = 1,
    recorded: String = "2024-05-01T10:00:00Z",
    more: String = #","modified":"2019-01-02T03:04:05.000000007Z""#
  ) -> String {
    """
    {"type":"file","version":1,"storage":7,"path":"\(path)","size":\(size),"token":"AQI=","tokenVersion":1,\
    "run":"00000000-0000-0000-0000-00000000000\(run)","recorded":"\(recorded)"\(more)}
    """
  }

  private static func name(
    _ path: String = "a：b",
    _ trueName: String = "a:b",
    run: Int = 1,
    recorded: String = "2024-05-01T10:00:00Z",
    more: String = ""
  ) -> String {
    """
    {"type":"name","version":1,"storage":7,"path":"\(path)","trueName":"\(trueName)",\
    "run":"00000000-0000-0000-0000-00000000000\(run)","recorded":"\(recorded)"\(more)}
    """
  }

  private static func end(_ count: Int, names: Int? = nil) -> String {
    #"{"type":"end","version":1,"files":\#(count)\#(names.map { ",\"names\":\($0)" } ?? "")}"#
  }

  private func take(_ lines: [String]) async throws -> CommandStatus {
    try world.write("manifest", lines.map { $0 + "\n" }.joined())
    return await world.run("history", "import", "manifest")
  }

  private func exported() async -> [[String: Any]] {
    let count = world.lines.count
    #expect(await world.run("history", "export", "-") == .done)
    return Array(world.lines.dropFirst(count))
  }

  @Test func whatIsImportedCanBeExported() async throws {
    let undecodable = #","pathBytes":"\#(Data([0x61, 0xFF, 0x0A]).base64EncodedString())""#
    let lines = [
      Self.header, Self.storage, Self.file(more: #","created":"1601-01-01T00:00:00Z""#),
      #"{"type":"fromTheFuture","version":1}"#,
      Self.file("b", size: "18446744073709551615", more: #","modified":"9999-12-31T23:59:59.5Z""# + undecodable),
      Self.end(2),
    ]
    #expect(try await take(lines) == .done)
    #expect(world.output.text == "Dates of 2 files read: 2 new.\n")
    let files = await exported().filter { $0["type"] as? String == "file" }
    #expect(files.map { $0["created"] as? String } == ["1601-01-01T00:00:00Z", nil])
    let last = try #require(files.last)
    #expect(last["pathBytes"] as? String == "Yf8K" && last["modified"] as? String == "9999-12-31T23:59:59.5Z")
    #expect((last["size"] as? NSNumber)?.uint64Value == .max && last["recorded"] as? String == "2024-05-01T10:00:00Z")
    // Again, by way of a file.
    #expect(await world.run("history", "export", "--device", "a1b2c3", "file", "--json") == .done)
    #expect(await world.run("history", "export", "file") == .notPossible)
    #expect(await world.run("history", "import", "file", "--json") == .done)
    #expect(world.lines.last?["known"] as? Int == 2)
    #expect(await world.run("history", "export", "--device", "Pixel 3") == .notPossible)
    #expect(world.errors.text.contains("  Pixel, serial A1B2C3\n"))
    #expect(await world.run("history", "export", "nowhere/file") == .notPossible)
    // Runs of another machine are none of this one's.
    #expect(await world.run("history", "--json") == .done)
    #expect(world.lines.last?["type"] as? String != "run")
  }

  @Test func foldersHaveNeitherSizeNorToken() async throws {
    let modified = #","modified":"2019-01-02T03:04:05.5Z""#
    let lines = ["0", "1"].map { version in
      Self.file("d\(version)", size: "0", more: modified).replacingOccurrences(of: "AQI=", with: "")
        .replacingOccurrences(of: #""tokenVersion":1"#, with: #""tokenVersion":\#(version)"#)
    }
    #expect(try await take([Self.header, Self.storage] + lines + [Self.file(), Self.end(3)]) == .done)
    #expect(world.output.text == "Dates of 1 file and 2 folders read: 3 new.\n")
    let folders = await exported().filter { $0["token"] as? String == "" }
    #expect(folders.map { $0["path"] as? String } == ["d0", "d1"])
    #expect(folders.map { $0["tokenVersion"] as? Int } == [0, 1])
    #expect(folders.allSatisfy { $0["modified"] as? String == "2019-01-02T03:04:05.5Z" })
    #expect(await world.run("history", "export", "file") == .done)
    #expect(world.output.text.hasSuffix("Dates of 1 file and 2 folders written to file.\n"))
  }

  @Test func theLaterRunWins() async throws {
    func dates() async -> [String] { await exported().compactMap { $0["modified"] as? String } }
    func line(_ run: Int, _ month: Int) -> String {
      let date = #","modified":"2019-0\#(month)-01T00:00:00Z""#
      return Self.file(run: run, recorded: "2024-0\(month)-01T10:00:00Z", more: date)
    }
    for (run, month, now) in [(1, 3, 3), (2, 2, 3), (3, 5, 5), (4, 4, 5)] {
      #expect(try await take([Self.header, Self.storage, line(run, month), Self.end(1)]) == .done)
      #expect(await dates() == ["2019-0\(now)-01T00:00:00Z"])
    }
    #expect(world.output.text.contains("1 newer than here"))
    #expect(world.output.text.contains("1 older than what is here, and left out"))
  }

  @Test func namesAreImportedAndExported() async throws {
    func line(_ run: Int, _ month: Int) -> String {
      Self.name(run: run, recorded: "2024-0\(month)-01T10:00:00Z", more: #","size":\#(month)"#)
    }
    for (run, month, now) in [(1, 3, 3), (2, 2, 3), (3, 5, 5)] {
      #expect(try await take([Self.header, Self.storage, line(run, month), Self.end(0, names: 1)]) == .done)
      #expect(await exported().compactMap { $0["size"] as? Int } == [now])
    }
    #expect(world.output.text.hasPrefix("Dates of 0 files read.\n1 true name read: 1 new.\n"))
    let undecodable = #","trueNameBytes":"\#(Data([0x62, 0xFF]).base64EncodedString())""#
    let more = [Self.header, Self.storage, Self.name("b", "b\u{FFFD}", more: undecodable), Self.end(0, names: 1)]
    #expect(try await take(more) == .done)
    let lines = await exported()
    #expect(lines.map { $0["type"] as? String } == ["manifest", "storage", "name", "name", "end"])
    #expect(lines[2]["trueName"] as? String == "a:b" && lines[2]["recorded"] as? String == "2024-05-01T10:00:00Z")
    #expect(lines[3]["trueNameBytes"] as? String == "Yv8=" && lines[3]["size"] == nil)
    #expect(lines[4]["files"] as? Int == 0 && lines[4]["names"] as? Int == 2)
    #expect(await world.run("history", "export", "file") == .done)
    #expect(world.output.text.hasSuffix("Dates of 0 files, and 2 true names, written to file.\n"))
    #expect(await world.run("history", "import", "file", "--json") == .done)
    #expect(world.lines.last?["namesKnown"] as? Int == 2 && world.lines.last?["names"] as? Int == 2)
  }

  static let bad: [(String, [String], Int, String)] = [
    ("empty", [], 0, "no manifest"),
    ("another file", ["#!/bin/sh"], 1, "no manifest"),
    ("another JSON", [#"{"type":"entry","version":1}"#], 1, "no manifest"),
    ("a later version", [#"{"type":"manifest","version":2,"storage":"x"}"#], 1, "version 2"),
    ("cut off", [header, storage, file()], 3, "not whole"),
    ("cut off in a line", [header, storage, file() + "\n" + file("b").dropLast(9)], 4, "damaged"),
    ("files missing", [header, storage, file(), end(2)], 4, "1 file, and 2 were"),
    ("something after its end", [header, end(0), storage], 3, "follows its end"),
    ("an empty line", [header, "", end(0)], 2, "damaged"),
    ("no such storage", [header, file(), end(1)], 2, "no storage of the number 7"),
    ("two storages of a number", [header, storage, storage, end(0)], 3, "two storages"),
    ("a way out", [header, storage, file("../../a"), end(1)], 3, "path"),
    ("no path", [header, storage, file(""), end(1)], 3, "path"),
    ("a size below 0", [header, storage, file(size: "-1"), end(1)], 3, "damaged"),
    ("a size that is none", [header, storage, file(size: "1.5"), end(1)], 3, "damaged"),
    ("no dates", [header, storage, file(more: ""), end(1)], 3, "no date"),
    (
      "a date that is none", [header, storage, file(more: #","modified":"2023-02-29T00:00:00Z""#), end(1)], 3,
      "modified"
    ),
    (
      "a date in a zone", [header, storage, file(more: #","created":"2023-02-01T00:00:00+02:00""#), end(1)], 3,
      "created"
    ),
    ("from the future", [header, storage, file(recorded: "2030-01-01T00:00:00Z"), end(1)], 3, "in the future"),
    ("no bytes", [header, storage, file().replacing("AQI=", with: "?"), end(1)], 3, "token"),
    ("a number too large", [header, storage.replacing("6353", with: "65536"), end(0)], 2, "damaged"),
    ("names missing", [header, storage, name(), end(0, names: 2)], 4, "1 name, and 2 were"),
    ("names that were not counted", [header, storage, name(), end(0)], 4, "1 name, and 0 were"),
    ("cut off in a name", [header, storage, name() + "\n" + name("b").dropLast(9)], 4, "damaged"),
    ("a name without a storage", [header, name(), end(0, names: 1)], 2, "no storage of the number 7"),
    ("a name that leads out", [header, storage, name("x", ".."), end(0, names: 1)], 3, "trueName"),
    ("a name of two", [header, storage, name("x", "../../.bashrc"), end(0, names: 1)], 3, "trueName"),
    ("a name with a NUL", [header, storage, name("x", #"a\u0000b"#), end(0, names: 1)], 3, "trueName"),
    ("a name that is empty", [header, storage, name("x", ""), end(0, names: 1)], 3, "trueName"),
    ("a temporary's name", [header, storage, name("x", ".filesync-00000000-1.part"), end(0, names: 1)], 3, "trueName"),
    (
      "a name too long", [header, storage, name("x", String(repeating: "x", count: 70_000)), end(0, names: 1)], 3,
      "trueName"
    ),
    (
      "a name in other bytes", [header, storage, name(more: #","trueNameBytes":"Li4=""#), end(0, names: 1)], 3,
      "trueName"
    ),
    (
      "a name of no bytes", [header, storage, name(more: #","trueNameBytes":"?""#), end(0, names: 1)], 3,
      "trueNameBytes"
    ),
    (
      "a name that is a number", [header, storage, name().replacing(#""a:b""#, with: "7"), end(0, names: 1)], 3,
      "damaged"
    ),
    ("no name", [header, storage, name().replacing("trueName", with: "name"), end(0, names: 1)], 3, "trueName"),
    ("a name outside", [header, storage, name("../a"), end(0, names: 1)], 3, "path"),
    ("a name of the root", [header, storage, name("/"), end(0, names: 1)], 3, "path"),
    ("a name's size below 0", [header, storage, name(more: #","size":-1"#), end(0, names: 1)], 3, "damaged"),
    (
      "a name from the future", [header, storage, name(recorded: "2030-01-01T00:00:00Z"), end(0, names: 1)], 3, "future"
    ),
    ("a name after the end", [header, storage, end(0), name()], 4, "follows its end"),
    ("no end of a line", [header, String(repeating: "x", count: 1_100_000)], 2, "damaged"),
  ]

  /// A good line before the bad one must not stay.
  @Test func nothingOfABadManifestIsTaken() async throws {
    for (name, lines, number, words) in Self.bad {
      let errors = world.errors.text
      #expect(try await take(lines) == .notPossible, "\(name)")
      let told = world.errors.text.dropFirst(errors.count)
      let place = number > 0 ? "manifest, line \(number): " : "manifest: "
      #expect(told.hasPrefix("filesync: \(place)"), "\(name): \(told.prefix(300))")
      #expect(told.contains(words) && told.contains("Nothing was imported."), "\(name): \(told.prefix(300))")
    }
    #expect(await exported().count == 2, "the header and the end")
  }

  @Test func whatCannotBeReadIsSaid() async throws {
    try world.makeFolder("folder")
    for (arguments, words) in [(["gone"], "No such file"), (["folder"], "directory")] {
      #expect(await Program.run(["history", "import"] + arguments, world.context()) == .notPossible)
      #expect(world.errors.text.contains(words))
    }
    #expect(await world.run("history", "import") == .usage)
    try world.write("manifest", [Self.header, Self.storage, Self.file(), Self.end(1), ""].joined(separator: "\n"))
    world.interrupt.raise(.interrupt)
    #expect(await world.run("history", "import", "manifest") == .interrupted)
    #expect(!world.names("home/.local/share/filesync").contains("journal.sqlite"))
  }
}

/// A manifest that goes to another machine, with a device that keeps no dates.
@Suite(.fewAtOnce) struct ManifestOnDevicesTests {
  @Test func anotherMachineKnowsDatesAndNames() async throws {
    let world = try DeviceWorld()
    // Names that this device cannot hold, or takes for one, or can hold, though they look as if they were others.
    let long = String(repeating: "x", count: 255)
    let dates = [
      "a.txt": 1_625_140_800, "sub/b": 1_705_320_001, "empty": 951_868_799, "A.TXT": 1_635_642_000, "q: ?/in: it.": 1,
      "q： ？/other": 4_102_444_800, "q: ?/in： it.": 1_000_000_007, long: 1_700_000_003, "Case/x": 2_000_000_001,
      "case/X": 2_000_000_002, " lead": 1_600_000_000,
    ]
    for (path, date) in dates {
      let text = path == "empty" ? "" : path
      try world.world.write("from/\(path)", text, modified: Date(timeIntervalSince1970: Double(date)))
    }
    try world.world.makeFolder("phone")
    let device = DeviceWorld.Device(profile: "umtp")
    let script = """
      set -e
      printf 'Latin' > $'from/Latin \\xe9'; touch -d @1234567890 $'from/Latin \\xe9'
      folders() { find "$1" -mindepth 1 -type d -printf '%P %T@\\n' | sort; }
      touch -d @951868799.123456789 from/sub from/q*; touch -d @4102444800 from/?ase; folders from > folders
      "$filesync" sync from mtp:/Copy --yes --json > first; "$filesync" history export manifest
      if "$filesync" history export > /dev/full; then exit 1; fi
      export XDG_DATA_HOME=$PWD/other; "$filesync" history import - < manifest >&2
      "$filesync" sync mtp:/Copy back --yes --json; "$filesync" sync from mtp:/Copy --yes --json
      folders back | diff folders - >&2
      [ "$(stat -c %Y $'back/Latin \\xe9'; cat $'back/Latin \\xe9')" = $'1234567890\\nLatin' ]; rm */$'Latin \\xe9'
      """
    let run = try await world.bash(script, on: device, zone: "Asia/Tokyo")
    #expect(run.status == .exited(0), "\(run.errors)")
    let count = dates.count + 1
    #expect(run.errors.contains("Dates of \(count) files and 5 folders read: \(count + 5) new."))
    #expect(run.errors.contains("could not be written whole"))
    let finished = run.lines("finished").compactMap { $0["counts"] as? [String: Any] }
    #expect(finished.map { $0["adopted"] as? Int } == [0, count])
    #expect(finished.map { $0["filesCopied"] as? Int } == [count, 0])
    #expect(finished.map { $0["folderDates"] as? [String: Int] } == [["verified": 5], [:]])
    let mapped = finished.first?["namesRestored"] as? Int ?? 0
    #expect(mapped > 3 && run.errors.contains("\(mapped) true names read: \(mapped) new."))
    #expect(run.lines("step").contains { $0["change"] as? String == "compare" } == false, "the dates are proof enough")
    try world.expectSame("from", "back")
  }

  /// A file that was changed on the device since has a date of its own.
  @Test func aChangedFileHasNoDateOfTheManifests() async throws {
    let world = try DeviceWorld()
    for name in ["same", "changed"] { try world.world.write("from/\(name)", "text") }
    let device = DeviceWorld.Device(profile: "umtp")
    let script = """
      "$filesync" sync from mtp:/Copy --yes --quiet && "$filesync" history export manifest &&
      printf 'other' > phone/Copy/changed && export XDG_DATA_HOME=$PWD/other && "$filesync" history import manifest &&
      "$filesync" copy mtp:/Copy back --yes --quiet
      """
    try world.world.makeFolder("phone")
    let run = try await world.bash(script, on: device)
    #expect(run.status == .exited(0), "\(run.errors)")
    let files = try world.files("back")
    #expect(files["same"]?.modified == 1_500_000_000)
    #expect(files["changed"].map { $0.modified > 1_700_000_000 } ?? false)
  }
}
