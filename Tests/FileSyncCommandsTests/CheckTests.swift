import CLinux
import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// `filesync check` between folders.
@Suite(.fewAtOnce) struct CheckTests {
  private let world: World
  private let date = Date(timeIntervalSince1970: 1_500_000_000)

  init() throws {
    world = try World()
    for side in ["from", "to"] {
      for name in ["a.txt", "sub/b.txt", "empty"] {
        try world.write("\(side)/\(name)", name == "empty" ? "" : name, modified: date)
      }
      for folder in ["sub", ""] { try setDate("\(side)/\(folder)") }
    }
  }

  private func setDate(_ path: String) throws {
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: "\(world.folder)/\(path)")
  }

  @Test(arguments: ["--verbose", "--checksum"])
  func whatIsTheSameIsTheSame(option: String) async throws {
    #expect(await world.run("check", "from", "to", option) == .done)
    #expect(world.output.text.contains("3 files the same, and nothing else is there.\n"), "\(world.output.text)")
    // Neither side has anything that it had not before, and no record of files was made.
    #expect(world.names("to") == ["a.txt", "empty", "sub"] && world.names("from") == world.names("to"))
    #expect(await world.run("history") == .done)
    #expect(world.output.text.contains("check") && world.output.text.contains("3 the same"))
    #expect(await world.run("sync", "from", "to", "-n") == .done)
    #expect(world.output.text.contains("Equal files to put on record: 3\n"))
  }

  /// Files that somebody has sorted at the destination, and that a sync has found there, are the same, wherever they are.
  @Test func whatWasSortedIsTheSame() async throws {
    try world.write("from/sub/c.txt", "c", modified: date)
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    try FileManager.default.moveItem(atPath: "\(world.folder)/to/sub", toPath: "\(world.folder)/to/album")
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    #expect(world.names("to") == ["a.txt", "album", "empty"])
    for folder in ["album", ""] { try setDate("to/\(folder)") }
    for folder in ["sub", ""] { try setDate("from/\(folder)") }
    #expect(await world.run("check", "from", "to") == .done, "\(world.output.text)")
    let line = "/to, as on record: 2 files: album/b.txt, album/c.txt\n"
    #expect(world.output.text.contains("  Under another path in ") && world.output.text.contains(line))
    #expect(await world.run("check", "to", "from", "--checksum") == .done, "\(world.output.text)")
    // What is not is told as ever.
    try world.write("to/album/own", "mine", modified: date)
    try FileManager.default.removeItem(atPath: "\(world.folder)/to/album/c.txt")
    #expect(await world.run("check", "from", "to", "--verbose") == .someFailed)
    #expect(world.output.text.contains("\nalbum/own  (only at the destination)\n"), "\(world.output.text)")
    #expect(world.output.text.contains("c.txt  (only at the source)\n"), "\(world.output.text)")
  }

  @Test func eachDifferenceIsTold() async throws {
    try world.write("from/only-here", "x")
    try world.write("to/only/there", "x")
    try world.write("from/size", "long", modified: date)
    try world.write("to/size", "short", modified: date)
    try world.write("from/bytes", "one", modified: date)
    try world.write("to/bytes", "two", modified: date)
    try world.write("from/dates", "same", modified: date)
    try world.write("to/dates", "same", modified: date + 3600)
    try world.write("from/kind", "file")
    try world.makeFolder("to/kind")
    try FileManager.default.createSymbolicLink(atPath: "\(world.folder)/from/link", withDestinationPath: "a.txt")
    try FileManager.default.createSymbolicLink(atPath: "\(world.folder)/to/link", withDestinationPath: "b.txt")

    #expect(await world.run("check", "from", "to", "--verbose") == .someFailed)
    let quick = Set(world.output.text.split(separator: "\n").map(String.init))
    let both = [
      "only-here  (only at the source)", "only/there  (only at the destination)",
      "only  (only at the destination)", "size  (something else under the same name)", "dates  (other dates)",
      "kind  (something else under the same name)", "link  (something else under the same name)",
    ]
    for line in both { #expect(quick.contains(line), "\(line) is missing in \(quick)") }
    // Of equal size and date, so that only the contents tell.
    #expect(!quick.contains { $0.hasPrefix("bytes  ") } && quick.contains("4 files the same."))

    let before = world.lines.count
    #expect(await world.run("check", "from", "to", "--checksum", "--json") == .someFailed)
    let ended = world.lines.dropFirst(before).filter { $0["type"] as? String == "ended" }
    let reasons = Dictionary(ended.map { ($0["path"] as? String ?? "", $0["reason"] as? String) }) { first, _ in first }
    #expect(reasons["bytes"] == "different" && reasons["dates"] == "otherDates")
    #expect(reasons["only-here"] == "onlyAtSource")
    let counts = try #require(world.lines.last { $0["type"] as? String == "finished" }?["counts"] as? [String: Any])
    #expect(counts["unchanged"] as? Int == 3 && counts["adopted"] as? Int == 0 && counts["failed"] as? Int == 0)
    #expect(world.read("to/bytes") == "two" && world.read("to/size") == "short")
  }

  /// What an earlier run copied is told as well.
  @Test func whatTheSourceHasLostIsTold() async throws {
    #expect(await world.run("sync", "from", "to", "--yes") == .done)
    try FileManager.default.removeItem(atPath: "\(world.folder)/from/a.txt")
    try setDate("from")
    #expect(await world.run("check", "from", "to") == .someFailed)
    #expect(world.output.text.contains("Not the same: 1 (only at the destination): a.txt\n"), "\(world.output.text)")
  }

  /// Most copies have no creation date, and are good copies.
  @Test func aCopyWithoutACreationDateIsTheSame() async throws {
    // Changed after it was made, as far as this computer's clock tells: so it was made then.
    let later = Date() + 60
    for side in ["from", "to"] { try world.write("\(side)/new.txt", "new", modified: later) }
    let copy = "\(world.folder)/to/new.txt"
    try #require(unsafe linux_set_attribute(copy, "user.filesync.created", "unknown", 7) == 0)
    for folder in ["from", "to"] { try setDate(folder) }
    #expect(await world.run("check", "from", "to") == .done, "\(world.output.text)")
  }

  @Test func foldersHaveDatesToo() async throws {
    try FileManager.default.setAttributes(
      [.modificationDate: date + 86_400],
      ofItemAtPath: "\(world.folder)/to/sub"
    )
    #expect(await world.run("check", "from", "to") == .someFailed)
    #expect(world.output.text.contains("Not the same: 1 (other dates): sub\n"), "\(world.output.text)")
  }

  @Test func filtersNarrowIt() async throws {
    try world.write("from/big.bin", "differs")
    try world.write("to/other.bin", "x")
    #expect(await world.run("check", "from", "to", "--exclude", "*.bin") == .done)
  }

  /// Whichever side has what they leave out: by size or by date, and the folder that it is in.
  @Test(arguments: [["from", "to"], ["to", "from"]])
  func filtersNarrowBothSides(_ ends: [String]) async throws {
    try world.write("to/large/big.iso", String(repeating: "x", count: 5000), modified: date)
    for folder in ["large", ""] { try setDate("to/\(folder)") }
    #expect(await world.run("check", ends[0], ends[1], "--max-size", "1k") == .done, "\(world.output.text)")
    #expect(await world.run("check", ends[0], ends[1]) == .someFailed)
    try FileManager.default.removeItem(atPath: "\(world.folder)/to/large")
    try world.write("to/new/photo", "x", modified: date + 86_400)
    try setDate("to")
    let day = "2017-07-14T06:00:00Z"
    #expect(await world.run("check", ends[0], ends[1], "--older-than", day) == .done, "\(world.output.text)")
    #expect(await world.run("check", ends[0], ends[1]) == .someFailed)
  }

  /// What earlier syncs to a folder in the destination, or in the source, have kept there.
  @Test(arguments: ["from/sub", "to/sub", "to"]) func vaultsAreNoDifference(_ folder: String) async throws {
    try world.write("\(folder)/.filesync-vault/2026-01-01T00:00:00Z-1/old", "old", modified: date)
    for folder in ["from/sub", "to/sub", "from", "to"] { try setDate(folder) }
    #expect(await world.run("check", "from", "to") == .done, "\(world.output.text)")
  }

  @Test func aDryRunReadsNoContents() async throws {
    try world.write("to/a.txt", "A.TXT", modified: date)
    #expect(await world.run("check", "from", "to", "--checksum", "-n") == .done)
    #expect(world.output.text.contains("  Contents: 3 files, 14 bytes\n"), "\(world.output.text)")
    #expect(world.output.text.contains("compare  a.txt"))
    #expect(await world.run("check", "from", "to", "--checksum") == .someFailed)
    // What needs no reading is told.
    try world.write("to/more", "x")
    #expect(await world.run("check", "from", "to", "--checksum", "-n") == .someFailed)
  }

  @Test func wrongArgumentsAndInterruptions() async throws {
    #expect(await world.run("check", "from") == .usage)
    #expect(await world.run("check", "from", "gone") == .notPossible)
    #expect(await world.run("check", "from", "from/sub") == .usage)
    #expect(await world.run("check", "from", "to", "--newer-than", "soon") == .usage)
    world.interrupt.raise(.terminate)
    #expect(await world.run("check", "from", "to") == .terminated)
  }
}

/// `filesync check` with a virtual device, over real libmtp.
@Suite(.fewAtOnce) struct DeviceCheckTests {
  /// A check leaves what is on record as it is.
  @Test func theRecordStays() async throws {
    let world = try DeviceWorld()
    try world.world.makeFolder("phone")
    try world.world.write("from/a: b.txt", "text", modified: Date(timeIntervalSince1970: 1_500_000_000))
    let script = """
      "$filesync" sync from mtp:/Tree --yes && "$filesync" check from mtp:/Tree --checksum \
        && "$filesync" sync from mtp:/Tree --dry-run > next
      """
    let run = try await world.bash(script, on: DeviceWorld.Device(profile: "android"))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(world.world.read("next")?.contains("Nothing to do.") ?? false)
  }

  /// A phone that keeps no dates: those that the journal keeps are taken for its own; and not one byte of it changes.
  @Test func theJournalsDatesCount() async throws {
    let world = try DeviceWorld()
    try world.world.makeFolder("phone")
    let date = Date(timeIntervalSince1970: 1_500_000_000)
    for name in ["one.jpg", "two.jpg"] { try world.world.write("photos/\(name)", name, modified: date) }
    let script = """
      "$filesync" sync photos mtp:/Tree --yes && "$filesync" check photos mtp:/Tree --checksum > same; echo "$?" > status
      printf 'ONE.jpg' > photos/one.jpg; touch -d @1500000000 photos/one.jpg
      "$filesync" check mtp:/Tree photos > quick; echo "$?" >> status
      "$filesync" check mtp:/Tree photos --checksum > whole; echo "$?" >> status
      """
    let run = try await world.bash(script, on: DeviceWorld.Device(profile: "android-legacy"))
    #expect(world.world.read("status") == "0\n0\n1\n", "\(run.errors)")
    #expect(world.world.read("same")?.contains("2 files the same") ?? false)
    let whole = try #require(world.world.read("whole"))
    #expect(whole.contains("Not the same: 1 (something else under the same name): one.jpg"), "\(whole)")
  }
}
