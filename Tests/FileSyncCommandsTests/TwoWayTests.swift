import Foundation
import Subprocess
import Testing

/// `filesync sync --two-way`, with the program.
@Suite(.fewAtOnce) struct TwoWayTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  private func date(_ day: Int) -> Date { Date(timeIntervalSince1970: 1_500_000_000 + Double(day) * 86_400) }

  private func write(_ path: String, _ text: String, _ day: Int) throws {
    try world.world.write(path, text, modified: date(day))
  }

  private func remove(_ path: String) throws {
    try FileManager.default.removeItem(atPath: "\(world.world.folder)/\(path)")
  }

  private func own(_ folder: String) throws -> [String: DeviceWorld.File] {
    try world.files(folder).filter { !$0.key.hasPrefix(".filesync-vault/") }
  }

  private func status(_ code: Int32) -> TerminationStatus { .exited(code) }

  /// What happens to two folders that were in step.
  private func change(_ one: String, _ other: String) throws {
    try write("\(one)/changed", "changed in one", 2)
    try write("\(other)/changed2", "changed in the other", 3)
    try remove("\(one)/gone")
    try remove("\(other)/d")
    try remove("\(other)/back")
    try write("\(one)/back", "changed, and gone there", 4)
    try write("\(one)/both.txt", "one version", 5)
    try write("\(other)/both.txt", "another version", 6)
    try write("\(one)/new/one", "new in one", 7)
    try write("\(other)/new2/other", "new in the other", 8)
  }

  private func fill(_ folder: String) throws {
    for name in ["changed", "changed2", "gone", "back", "both.txt", "d/e/gone", "same"] {
      try write("\(folder)/\(name)", "first \(name)", 1)
    }
  }

  private let wanted = ["back", "changed", "changed2", "new/one", "new2/other", "same"]

  @Test func theTwoFoldersHoldTheSameAfterwards() async throws {
    try fill("one")
    #expect(try await world.filesync("sync", "one", "two", "--two-way", "--yes").status == status(0))
    try change("one", "two")
    let before = try world.files("one").values.map(\.bytes) + world.files("two").values.map(\.bytes)

    let plan = try await world.filesync("sync", "one", "two", "--two-way", "--dry-run")
    #expect(plan.status == status(0) && plan.output.contains("Files of which both versions are kept: 1: both.txt"))
    let lines = plan.output.split(separator: "\n").map(String.init)
    let back = try #require(lines.firstIndex { $0.hasPrefix("To \(world.world.folder)/one, from ") })
    for line in [
      "replace  changed  14 bytes  (changed at the source)", "delete  gone  10 bytes  (gone from the source)",
    ] {
      #expect(lines[..<back].contains(line), "\(plan.output)")
    }
    for line in ["delete  d  (gone from the source)", "copy  both.txt  15 bytes  (changed on both sides)"] {
      #expect(lines[back...].contains(line) || lines[..<back].contains(line), "\(plan.output)")
    }
    let asData = try await world.filesync("sync", "one", "two", "--two-way", "--dry-run", "--json")
    let run = try await world.filesync("sync", "one", "two", "--two-way", "--yes", "--json")
    #expect(run.status == status(0), "\(run.errors)")
    func steps(_ end: DeviceWorld.Ending) -> [String] {
      end.lines("step").map { "\($0["toward"] ?? "") \($0["change"] ?? "") \($0["path"] ?? "")" }
    }
    // Shown once, and once more when each direction begins.
    #expect(Set(steps(asData)) == Set(steps(run)) && steps(run).count == 2 * steps(asData).count)
    #expect(asData.lines("plan").compactMap { $0["toward"] as? String } == ["destination", "source"])
    #expect(run.lines("finished").compactMap { $0["toward"] as? String } == ["destination", "source"])
    #expect(run.lines("setAside").map { $0["as"] as? String } == ["both (one 2017-07-19).txt"], "\(run.output)")

    #expect(try own("one") == own("two"))
    #expect(try own("one").keys.sorted() == (wanted + ["both (one 2017-07-19).txt", "both.txt"]).sorted())
    #expect(!FileManager.default.fileExists(atPath: "\(world.world.folder)/one/d"))
    let after = try Set(world.files("one").values.map(\.bytes) + world.files("two").values.map(\.bytes))
    #expect(after.isSuperset(of: before))
    let again = try await world.filesync("sync", "one", "two", "--two-way", "--yes", "--json")
    #expect(again.lines("step").isEmpty && again.status == status(0))
    // From whichever side it is said.
    let turned = try await world.filesync("sync", "two", "one", "--two-way", "--yes", "--json")
    #expect(turned.lines("step").isEmpty && turned.status == status(0), "\(turned.output)")

    let history = try await world.filesync("history").output.split(separator: "\n").filter {
      $0.contains("  two-way  ")
    }
    #expect(history.count == 5, "\(history)")
    #expect(try await world.filesync("vault", "list").output.split(separator: "\n").count == 2)
    let log = try await world.filesync("log", "2")
    #expect(log.output.contains("done  rename  both.txt \u{2192} both (one 2017-07-19).txt"), "\(log.output)")
  }

  @Test(arguments: ["android", "umtp", "minimal"])
  func withADevice(_ profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.world.makeFolder("phone")
    try fill("one")
    #expect(try await world.filesync("sync", "one", "mtp:", "--two-way", "--yes", on: device).status == status(0))
    try change("one", "phone")
    let run = try await world.filesync("sync", "one", "mtp:", "--two-way", "--yes", on: device)
    #expect(run.status == status(0), "\(run.output) \(run.errors)")
    let (one, other) = (try own("one"), try own("phone"))
    #expect(one.mapValues(\.bytes) == other.mapValues(\.bytes))
    #expect(one.keys.filter { !$0.hasPrefix("both") }.sorted() == wanted)
    #expect(one.keys.count { $0.hasPrefix("both") } == 2)
    #expect(one["new/one"]?.modified == Int(date(7).timeIntervalSince1970))
    let again = try await world.filesync("sync", "one", "mtp:", "--two-way", "--yes", "--json", on: device)
    #expect(again.lines("step").isEmpty && again.status == status(0), "\(again.output)")
    // The device named first.
    try write("one/late", "late", 9)
    let turned = try await world.filesync("sync", "mtp:", "one", "--two-way", "--yes", on: device)
    #expect(turned.status == status(0) && world.world.read("phone/late") == "late", "\(turned.errors)")
  }

  /// One session serves both sides. Where neither can give a file another name, a conflict is left, and told, until
  /// `--conflict` decides.
  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func twoFoldersOfOneDevice(_ profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    let renames = profile != "minimal"
    try fill("phone/A")
    func both(_ one: String, _ other: String, _ conflict: String = "both") async throws -> DeviceWorld.Ending {
      try await world.filesync(
        "sync",
        "mtp:/\(one)",
        "mtp:/\(other)",
        "--two-way",
        "--conflict",
        conflict,
        "--yes",
        "--json",
        on: device
      )
    }
    let first = try await both("A", "B")
    #expect(first.status == status(0), "\(first.errors)")
    try change("phone/A", "phone/B")
    let before = try world.files("phone").values.map(\.bytes)
    var run = try await both("A", "B")
    if !renames {
      #expect(run.status == status(1), "\(run.errors)")
      let left = run.lines("ended").filter { $0["outcome"] as? String == "skipped" }
      #expect(left.map { "\($0["path"] ?? "") \($0["reason"] ?? "")" } == ["both.txt notRenamable"], "\(run.output)")
      #expect(world.world.read("phone/A/both.txt") == "one version")
      #expect(world.world.read("phone/B/both.txt") == "another version")
      run = try await both("A", "B", "source")
    }
    #expect(run.status == status(0), "\(run.output) \(run.errors)")
    let (one, other) = (try own("phone/A"), try own("phone/B"))
    #expect(one.mapValues(\.bytes) == other.mapValues(\.bytes))
    #expect(one.keys.filter { !$0.hasPrefix("both") }.sorted() == wanted)
    #expect(one.keys.count { $0.hasPrefix("both") } == (renames ? 2 : 1))
    if ["android", "player"].contains(profile) {
      #expect(one == other && one["new2/other"]?.modified == Int(date(8).timeIntervalSince1970))
    }
    // What went is in the vault of its side, there or on this computer.
    let kept = try world.files("phone").values.map(\.bytes) + world.files("data/filesync/vault").values.map(\.bytes)
    #expect(Set(kept).isSuperset(of: before))
    for (from, to) in [("A", "B"), ("B", "A")] {
      let again = try await both(from, to)
      #expect(again.lines("step").isEmpty && again.status == status(0), "\(again.output)")
    }
    for (from, to) in [("A", "A/new"), ("A/new", "A"), ("A", "A")] {
      let nested = try await both(from, to)
      #expect(nested.status != status(0) && nested.lines("step").isEmpty, "\(from) \(to): \(nested.output)")
    }
  }

  /// A name that a device cannot hold stays the true one of both versions.
  @Test func bothVersionsKeepTheirTrueName() async throws {
    let device = DeviceWorld.Device(profile: "android")
    try world.world.makeFolder("phone")
    try write("one/a:b.txt", "first", 1)
    #expect(try await world.filesync("sync", "one", "mtp:", "--two-way", "--yes", on: device).status == status(0))
    let there = try #require(try own("phone").keys.first)
    #expect(there != "a:b.txt")
    try write("one/a:b.txt", "one version", 2)
    try write("phone/\(there)", "another version", 3)
    let run = try await world.filesync("sync", "one", "mtp:", "--two-way", "--yes", on: device)
    #expect(run.status == status(0), "\(run.errors)")
    #expect(world.world.names("one") == ["a:b (one 2017-07-16).txt", "a:b.txt"])
    #expect(world.world.read("one/a:b.txt") == "another version" && world.world.names("phone").count == 2)
    let again = try await world.filesync("sync", "one", "mtp:", "--two-way", "--yes", "--json", on: device)
    #expect(again.lines("step").isEmpty && again.status == status(0), "\(again.output)")
  }

  @Test(arguments: [
    ("newer", "another version"), ("larger", "another version"), ("source", "one version"),
    ("destination", "another version"),
  ])
  func aConflictIsDecidedAsToldTo(_ choice: String, _ winner: String) async throws {
    try write("one/f", "one version", 1)
    try write("two/f", "another version", 2)
    let run = try await world.filesync("sync", "one", "two", "--two-way", "--conflict", choice, "--yes")
    #expect(run.status == status(0), "\(run.errors)")
    for folder in ["one", "two"] { #expect(world.world.read("\(folder)/f") == winner) }
    #expect(try own("one").count == 1 && own("two").count == 1)
    let kept = try world.files("one").values.map(\.bytes) + world.files("two").values.map(\.bytes)
    #expect(Set(kept).count == 2)
  }

  /// A pattern that is about something on either side is in use; one that is about nothing on both is told once.
  @Test func patternsAboutNothingOnBothSidesAreToldOnce() async throws {
    for path in ["one/a.log", "two/b.tmp", "two/C.BAK", "one/d/x", "two/d/x"] { try write(path, path, 1) }
    let patterns = ["*.log", "*.tmp", "*.bak", "none", "d/", "/d/"].flatMap { ["--exclude", $0] }
    let command = ["\(builtProducts)/filesync", "sync", "one", "two", "--two-way", "--dry-run"] + patterns
    let told = try await world.plugged([], command).output
    let notes = told.split(separator: "\n").filter { $0.contains("Note: ") }
    #expect(
      notes == [
        "  Note: --exclude *.bak is about nothing that is on either side. Upper and lower case differ: there is C.BAK",
        "  Note: --exclude none is about nothing that is on either side.",
        "  Note: --exclude /d/ decides nothing: an earlier pattern is about all that it is about.",
      ],
      "\(told)"
    )
    let plans = try await world.plugged([], command + ["--json"]).lines("plan")
    let unused = plans.compactMap { $0["unusedPatterns"] as? [[String: Any]] }
    #expect(unused.map { $0.map { $0["pattern"] as? String } } == [["*.bak", "none", "/d/"], []])
    #expect(unused.first?.map { $0["reason"] as? String } == ["otherCase", "matchesNothing", "decidedBefore"])
  }

  @Test func safetyRulesAndBadInputStopItBeforeAnythingIsDone() async throws {
    for name in ["a", "b"] { try write("one/\(name)", name, 1) }
    #expect(try await world.filesync("sync", "one", "two", "--two-way", "--yes").status == status(0))
    for name in ["a", "b"] { try remove("two/\(name)") }
    let empty = try await world.filesync("sync", "one", "two", "--two-way", "--yes")
    #expect(empty.status == status(3) && empty.errors.contains("/two has no files, and 2 files of"), "\(empty.errors)")
    #expect(world.world.names("one") == ["a", "b"])
    let few = try await world.filesync("sync", "one", "two", "--two-way", "--allow-empty", "--max-delete", "1", "--yes")
    #expect(few.status == status(3) && few.errors.contains("2 of 2 files of"), "\(few.errors)")
    #expect(few.errors.contains("--dry-run lists them"))
    let dry = try await world.filesync("sync", "one", "two", "--two-way", "--allow-empty", "--max-delete", "1", "-n")
    #expect(dry.status == status(3) && dry.errors.contains("done. If this is meant, add --max-delete 2."))
    let meant = try await world.filesync("sync", "one", "two", "--two-way", "--allow-empty", "--no-vault", "--yes")
    #expect(meant.status == status(0) && world.world.names("one").isEmpty, "\(meant.errors)")

    for contradiction in [
      "--mirror", "--ignore-existing", "--files-from list", "--restore-missing always", "--restore-missing never",
      "--update",
    ] {
      let end = try await world.bash(#""$filesync" sync one two --two-way --yes $1"#, contradiction)
      #expect(end.status == status(64) && end.errors.contains("exclude each other"), "\(contradiction): \(end.errors)")
    }
    let camera = DeviceWorld.Device(profile: "camera")
    try world.world.makeFolder("phone")
    for option in ["--yes", "--dry-run"] {
      let readOnly = try await world.filesync("sync", "mtp:", "one", "--two-way", option, on: camera)
      #expect(readOnly.status == status(4) && readOnly.errors.contains("cannot be written to"), "\(readOnly.errors)")
      #expect(readOnly.errors.contains("Leave out --two-way"))
    }
  }

  @Test func filtersHoldForBothSides() async throws {
    try write("one/a.tmp", "a", 1)
    try write("two/b.tmp", "b", 1)
    try write("one/a", "a", 1)
    try write("two/cache/x", "x", 1)
    let run = try await world.bash(#""$filesync" sync one two --two-way --exclude '*.tmp' --exclude cache/ --yes"#)
    #expect(run.status == status(0), "\(run.errors)")
    #expect(world.world.names("one") == ["a", "a.tmp"] && world.world.names("two") == ["a", "b.tmp", "cache"])
  }

  /// An edit that takes a file over the limit of a filter travels: either version is meant.
  @Test(arguments: ["--newer-than 2020-01-01", "--max-size 3"])
  func aFilterMeansBothVersions(option: String) async throws {
    for name in ["edited", "old", "twice"] { try write("one/\(name)", "before", 1) }
    let first = try await world.bash(#""$filesync" sync one two --two-way --yes"#)
    #expect(first.status == status(0), "\(first.errors)")
    try world.world.write("one/edited", "new", modified: Date(timeIntervalSince1970: 1_700_000_000))
    try world.world.write("two/twice", "2", modified: Date(timeIntervalSince1970: 1_700_000_000))
    try write("two/other", "only here", 1)
    let run = try await world.bash(#""$filesync" sync one two --two-way --yes \#(option)"#)
    #expect(run.status == status(0), "\(run.errors)")
    #expect(world.world.read("two/edited") == "new" && world.world.read("one/twice") == "2")
    #expect(try own("one").keys.sorted() == ["edited", "old", "twice"])
    let second = try await world.bash(#""$filesync" sync one two --two-way --dry-run \#(option)"#)
    #expect(second.status == status(0) && second.output.contains("Nothing to do"), "\(second.output)")
  }

  @Test func aProfileTakesIt() async throws {
    try write("one/a", "a", 1)
    try write("two/b", "b", 1)
    let script = #""$filesync" profile add both one two --two-way && "$filesync" run both --yes"#
    let run = try await world.bash(script)
    #expect(run.status == status(0), "\(run.errors)")
    #expect(world.world.names("one") == ["a", "b"] && world.world.names("two") == ["a", "b"])
  }
}
