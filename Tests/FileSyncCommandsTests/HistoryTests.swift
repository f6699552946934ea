import Foundation
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

  private static func end(_ count: Int) -> String { #"{"type":"end","version":1,"files":\#(count)}"# }

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
  @Test func anotherMachineKnowsTheDates() async throws {
    let world = try DeviceWorld()
    let dates = ["a.txt": 1_625_140_800, "sub/b": 1_705_320_001, "empty": 951_868_799]
    for (path, date) in dates {
      let text = path == "empty" ? "" : path
      try world.world.write("from/\(path)", text, modified: Date(timeIntervalSince1970: Double(date)))
    }
    try world.world.makeFolder("phone")
    let device = DeviceWorld.Device(profile: "umtp")
    let script = """
      "$filesync" sync from mtp:/Copy --yes --json > first && "$filesync" history export manifest &&
      ! "$filesync" history export > /dev/full &&
      export XDG_DATA_HOME=$PWD/other && "$filesync" history import - < manifest >&2 &&
      "$filesync" sync from mtp:/Copy --yes --json && "$filesync" copy mtp:/Copy back --yes --json
      """
    let run = try await world.bash(script, on: device, zone: "Asia/Tokyo")
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.errors.contains("Dates of 3 files read: 3 new."))
    #expect(run.errors.contains("could not be written whole"))
    let finished = run.lines("finished").compactMap { $0["counts"] as? [String: Any] }
    #expect(finished.map { $0["adopted"] as? Int } == [3, 0] && finished.map { $0["filesCopied"] as? Int } == [0, 3])
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
