import Foundation
import Subprocess
import Testing

/// `filesync sync --mirror`, and what it leaves in vaults.
@Suite(.fewAtOnce) struct MirrorTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  private func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }

  private func expect(_ folder: String, holds names: [String], sourceLocation: SourceLocation = #_sourceLocation) throws
  {
    let there = try world.files(folder).keys.filter { !$0.hasPrefix(".filesync-vault/") }.sorted()
    #expect(there == names, sourceLocation: sourceLocation)
  }

  private func status(_ code: Int32) -> TerminationStatus { .exited(code) }

  @Test func whatIsGoneGoesToTheVaultAndComesBack() async throws {
    for name in ["a", "b", "d/c"] {
      try world.world.write("from/\(name)", "first \(name)", modified: date(1_500_000_000))
    }
    #expect(try await world.filesync("sync", "from", "to", "--yes").status == status(0))
    for name in ["b", "d"] { try FileManager.default.removeItem(atPath: world.world.folder + "/from/\(name)") }
    try world.world.write("to/own", "never copied", modified: date(1_400_000_000))

    let plan = try await world.filesync("sync", "from", "to", "--mirror", "--dry-run")
    #expect(
      plan.output.contains("Files to delete, gone from the source: 2, 16 bytes (kept in the vault)"),
      "\(plan.output)"
    )
    let unknown = "Files to delete that are not in the source, and not on record: 1, 12 bytes (kept in the vault)"
    #expect(plan.output.contains(unknown))
    #expect(plan.output.contains("\ndelete  own  12 bytes  (not in the source, and not on record)\n"))
    try expect("to", holds: ["a", "b", "d/c", "own"])

    let run = try await world.filesync("sync", "from", "to", "--delete", "--yes", "--json")
    #expect(run.status == status(0) && run.count("filesDeleted") == 3 && run.count("foldersDeleted") == 1)
    #expect(run.count("bytesDeleted") == 28)
    try expect("to", holds: ["a"])
    #expect(world.world.names("to") == [".filesync-vault", "a"])
    let again = try await world.filesync("sync", "from", "to", "--mirror", "--yes", "--json")
    #expect(again.lines("step").isEmpty && again.count("filesDeleted") == 0)

    #expect(try await world.filesync("history").output.contains("  mirror  "))
    let list = try await world.filesync("vault", "--json")
    #expect(list.lines("vaultRun").map { $0["files"] as? Int } == [3])
    #expect(try await world.filesync("vault", "list", "to", "--verbose").output.contains("\n  d/c  9 bytes\n"))
    let number = String(try #require(list.lines("vaultRun").first?["number"] as? Int))
    // One that is in the way stays.
    try world.world.write("to/own", "a new one", modified: date(1_450_000_000))
    let restored = try await world.filesync("vault", "restore", number, "--yes")
    #expect(restored.status == status(1) && restored.output.contains("another version is there"), "\(restored.output)")
    #expect(world.world.read("to/own") == "a new one" && world.world.read("to/d/c") == "first d/c")
    #expect(try world.files("to")["d/c"]?.modified == 1_500_000_000)
    let forced = try await world.filesync("vault", "restore", number, "own", "--overwrite", "--yes")
    #expect(forced.status == status(0) && world.world.read("to/own") == "never copied", "\(forced.errors)")
    try world.world.makeFolder("elsewhere")
    #expect(
      try await world.filesync("vault", "restore", number, "d", "--to", "elsewhere", "--yes").status == status(0)
    )
    try expect("elsewhere", holds: ["d/c"])

    #expect(
      try await world.filesync("vault", "prune", "--older-than", "1d", "--yes").output.contains("nothing to remove")
    )
    #expect(try await world.filesync("vault", "prune", "--keep", "1").status == status(64))
    #expect(try await world.filesync("vault", "prune", "--keep", "1", "--yes", "--json").lines("pruned").count == 1)
    #expect(try await world.filesync("vault", "prune", "--keep", "0", "--yes").status == status(0))
    #expect(!world.world.names("to").contains(".filesync-vault"))
  }

  /// Folders that are there have the right dates; and one that was deleted had its own, not that of its place in the
  /// vault.
  @Test func foldersKeepTheirDatesOverARestore() async throws {
    let script = """
      mkdir -p from/DCIM/Cam from/Old/In && touch -d 2020-02-02 from/DCIM/Cam/{1,2} from/Old/x from/Old/In/y
      touch -d 2017-07-07 from/DCIM/Cam from/Old/In && touch -d 2016-06-06 from/DCIM from/Old
      "$filesync" sync from to --yes && rm -r from/DCIM/Cam/2 from/Old && touch -d 2017-07-07 from/DCIM/Cam
      (cd to && find DCIM Old -printf '%p %Ts\n' | sort) > before
      "$filesync" sync from to --mirror --yes
      number=$("$filesync" vault list | cut -d ' ' -f 1)
      "$filesync" vault restore "$number" --yes --json && (cd to && find DCIM Old -printf '%p %Ts\n' | sort) > after
      """
    let run = try await world.bash(script)
    #expect(run.status == status(0), "\(run.errors)")
    let before = try #require(world.world.read("before"))
    #expect(before.split(separator: "\n").count == 8 && world.world.read("after") == before)
  }

  /// Folders without files come back as well, with their dates: from a vault at the destination, and from this
  /// computer.
  @Test(arguments: ["", "android", "android-legacy", "player"])
  func emptyFoldersComeBack(_ profile: String) async throws {
    let to = profile.isEmpty ? "to" : "mtp:/To"
    try world.world.makeFolder("phone/To")
    let script = """
      set -e
      mkdir -p from/Gone/Empty/Deep from/Held/Inner from/Lone && touch -d 2020-02-02 from/stays from/Held/Inner/y
      touch -d 2017-07-07 from/Gone/Empty/Deep from/Held/Inner from/Lone
      touch -d 2016-06-06 from/Gone/Empty from/Held && touch -d 2015-05-05 from/Gone && (cd from && find * -type d -printf '%p %Ts\n' | sort) > before
      "$filesync" sync from "$1" --yes
      rm -r from/Lone && "$filesync" sync from "$1" --mirror --yes --json
      "$filesync" vault list --verbose --json > lone
      rm -r from/Gone from/Held && "$filesync" sync from "$1" --mirror --yes
      "$filesync" sync "$1" without --yes; "$filesync" vault list "$1"
      for number in $("$filesync" vault list "$1" | cut -d ' ' -f 1); do "$filesync" vault restore "$number" --yes; done
      "$filesync" sync "$1" with --yes && (cd with && find * -type d -printf '%p %Ts\n' | sort) > after
      """
    let devices = profile.isEmpty ? [] : [DeviceWorld.Device(profile: profile)]
    let run = try await world.bash(script, [to], on: devices)
    #expect(run.status == status(0), "\(run.output) \(run.errors)")
    #expect(run.count("foldersDeleted") == 1 && world.world.names("without") == ["stays"], "\(run.output)")
    let lone = DeviceWorld.Ending(status: run.status, output: world.world.read("lone") ?? "", errors: "")
    #expect(lone.lines("vaultRun").map { $0["emptyFolders"] as? Int } == [1], "\(lone.output)")
    #expect(lone.lines("entry").map { $0["path"] as? String } == ["Lone"], "\(lone.output)")
    #expect(run.output.contains("  1 file, 1 empty folder, 0 bytes\n"), "\(run.output)")
    let before = try #require(world.world.read("before"))
    #expect(before.split(separator: "\n").count == 6 && world.world.read("after") == before)
    #expect(world.world.read("with/Held/Inner/y") != nil)
  }

  /// What was changed at the destination is kept by any other run, and so is called that.
  @Test func whatIsOverruledIsNotCalledKept() async throws {
    try world.world.write("from/a", "first", modified: date(1_500_000_000))
    #expect(try await world.filesync("sync", "from", "to", "--yes").status == status(0))
    try world.world.write("to/a", "another", modified: date(1_600_000_000))
    let kept = try await world.filesync("sync", "from", "to", "--dry-run")
    #expect(kept.output.contains("\nskip  a  (changed at the destination only; kept)\n"), "\(kept.output)")
    let plan = try await world.filesync("sync", "from", "to", "--mirror", "--dry-run")
    #expect(plan.output.contains("\nreplace  a  5 bytes  (changed at the destination)\n"), "\(plan.output)")
    #expect(try await world.filesync("sync", "from", "to", "--mirror", "--yes").status == status(0))
    let log = try await world.filesync("log")
    #expect(log.output.contains("\ndone  replace  a  (changed at the destination)\n"), "\(log.output)")
  }

  @Test func safetyRulesStopItBeforeAnythingIsDone() async throws {
    for number in 10..<40 { try world.world.write("to/\(number)", "x") }
    try world.world.write("from/new", "new")
    let many = try await world.filesync("sync", "from", "to", "--mirror", "--yes")
    #expect(
      many.status == status(3)
        && many.errors.contains("30 of 30 files of the destination would be deleted, and 10 may be")
    )
    #expect(many.errors.contains("\nNothing was done. --dry-run lists them; if this is meant, add --max-delete 30.\n"))
    #expect(world.world.read("to/new") == nil)
    let shown = try await world.filesync("sync", "from", "to", "--mirror", "--dry-run")
    #expect(shown.status == status(3) && shown.output.contains("delete  39"))
    #expect(shown.errors.contains("\nNothing was done. If this is meant, add --max-delete 30.\n"), "\(shown.errors)")
    try FileManager.default.removeItem(atPath: world.world.folder + "/from/new")
    let empty = try await world.filesync("sync", "from", "to", "--mirror", "--max-delete", "100%", "--yes")
    #expect(empty.status == status(3) && empty.errors.contains("The source has no files"), "\(empty.errors)")
    for contradiction in ["--files-from list", "--ignore-existing", "--restore-missing never"] {
      let end = try await world.bash(#""$filesync" sync from to --mirror --yes $1"#, contradiction)
      #expect(end.status == status(64) && end.errors.contains("exclude each other"), "\(contradiction)")
    }
    #expect(try await world.filesync("sync", "from", "to", "--max-delete", "5", "--yes").status == status(64))
    #expect(world.world.names("to").count == 30)
    let allowed = try await world.filesync(
      "sync",
      "from",
      "to",
      "--mirror",
      "--max-delete",
      "30",
      "--allow-empty",
      "--no-vault",
      "--yes"
    )
    #expect(allowed.status == status(0) && world.world.names("to").isEmpty, "\(allowed.errors)")
  }

  @Test func filtersProtectWhatTheyLeaveOut() async throws {
    for name in ["a.jpg", "b.txt", "cache/x", "old.jpg"] { try world.world.write("to/\(name)", name) }
    try world.world.write("from/a.jpg", "a.jpg")
    let end = try await world.filesync(
      "sync",
      "from",
      "to",
      "--mirror",
      "--exclude",
      "*.txt",
      "--exclude",
      "cache/",
      "--yes"
    )
    #expect(end.status == status(0), "\(end.errors)")
    try expect("to", holds: ["a.jpg", "b.txt", "cache/x"])
  }

  @Test(arguments: ["android", "android-legacy", "player", "ereader", "umtp", "minimal"])
  func onADevice(_ profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.world.makeFolder("phone")
    for name in ["a", "b", "d/c", "d/e"] {
      try world.world.write("from/\(name)", "first \(name)", modified: date(1_600_000_000))
    }
    #expect(try await world.filesync("sync", "from", "mtp:", "--yes", on: device).status == status(0))
    for name in ["b", "d/c"] { try FileManager.default.removeItem(atPath: world.world.folder + "/from/\(name)") }
    try world.world.write("from/a", "changed a", modified: date(1_610_000_000))
    let run = try await world.filesync("sync", "from", "mtp:", "--mirror", "--yes", "--json", on: device)
    #expect(run.status == status(0) && run.count("filesDeleted") == 2, "\(run.errors)")
    try expect("phone", holds: ["a", "d/e"])
    let again = try await world.filesync("sync", "from", "mtp:", "--mirror", "--yes", "--json", on: device)
    #expect(again.lines("step").isEmpty && again.status == status(0), "\(again.output)")

    // The way back, with the dates, wherever the device keeps none.
    let list = try await world.filesync("vault", "list", "mtp:", "--json", on: device)
    let number = String(try #require(list.lines("vaultRun").first?["number"] as? Int))
    #expect(list.lines("vaultRun").map { $0["files"] as? Int } == [3], "\(list.output)")
    try world.world.makeFolder("back")
    let restored = try await world.filesync(
      "vault",
      "restore",
      number,
      "b",
      "d",
      "--from",
      "mtp:",
      "--to",
      "back",
      "--yes",
      on: device
    )
    #expect(restored.status == status(0), "\(restored.errors) \(restored.output)")
    #expect(try world.files("back").mapValues(\.modified) == ["b": 1_600_000_000, "d/c": 1_600_000_000])
    #expect(world.world.read("back/d/c") == "first d/c")
    let onto = try await world.filesync("vault", "restore", number, "b", "--from", "mtp:", "--yes", on: device)
    #expect(onto.status == status(0) && world.world.read("phone/b") == "first b", "\(onto.errors)")
    #expect(try await world.filesync("vault", "prune", "mtp:", "--keep", "0", "--yes", on: device).status == status(0))
    #expect(try world.files("phone").keys.allSatisfy { !$0.hasPrefix(".filesync") })
  }

  @Test func aDeviceThatRefusesKeepsItsFilesAndTheRunSaysWhy() async throws {
    let watch = DeviceWorld.Device(profile: "garmin")
    try world.world.makeFolder("phone")
    for name in ["a", "b"] { try world.world.write("from/\(name)", name) }
    #expect(try await world.filesync("sync", "from", "mtp:", "--yes", on: watch).status == status(0))
    try FileManager.default.removeItem(atPath: world.world.folder + "/from/b")
    let end = try await world.filesync("sync", "from", "mtp:", "--mirror", "--yes", on: watch)
    #expect(
      end.status == status(1) && end.errors.contains("Failed: b: The device refused to delete it"),
      "\(end.errors)"
    )
    try expect("phone", holds: ["a", "b"])
    #expect(world.world.names("data/filesync/vault").isEmpty)
  }

  @Test func aPhonesFolderMirroredHere() async throws {
    let phone = DeviceWorld.Device(profile: "android")
    for name in ["DCIM/1.jpg", "DCIM/2.jpg"] { try world.world.write("phone/\(name)", name) }
    #expect(try await world.filesync("sync", "mtp:/DCIM", "here", "--yes", on: phone).status == status(0))
    try FileManager.default.removeItem(atPath: world.world.folder + "/phone/DCIM/1.jpg")
    let locked = DeviceWorld.Device(profile: "android", options: ["--fault", "lock@OpenSession"])
    #expect(try await world.filesync("sync", "mtp:/DCIM", "here", "--mirror", "--yes", on: locked).status != status(0))
    try expect("here", holds: ["1.jpg", "2.jpg"])
    #expect(try await world.filesync("sync", "mtp:/DCIM", "here", "--mirror", "--yes", on: phone).status == status(0))
    try expect("here", holds: ["2.jpg"])
  }

  /// A cable that is pulled at any of the changes: nothing is lost, and the next run ends it.
  @Test(arguments: ["MoveObject#1", "MoveObject#2", "DeleteObject#1", "SendObject#1"])
  func interruptedAnywhereTheNextRunEndsIt(_ moment: String) async throws {
    let phone = DeviceWorld.Device(profile: "android")
    try world.world.makeFolder("phone")
    for name in ["a", "b", "d/c"] { try world.world.write("from/\(name)", "first \(name)") }
    #expect(try await world.filesync("sync", "from", "mtp:", "--yes", on: phone).status == status(0))
    for name in ["b", "d"] { try FileManager.default.removeItem(atPath: world.world.folder + "/from/\(name)") }
    try world.world.write("from/new", "new")
    let pulled = DeviceWorld.Device(profile: "android", options: ["--fault", "unplug@\(moment)"])
    let first = try await world.filesync("sync", "from", "mtp:", "--mirror", "--yes", on: pulled)
    #expect(first.status == status(2), "\(first.output) \(first.errors)")
    let contents = try world.files("phone").values.map { String(decoding: $0.bytes, as: UTF8.self) }
    for old in ["first a", "first b", "first d/c"] { #expect(contents.contains(old)) }
    let next = try await world.filesync("sync", "from", "mtp:", "--mirror", "--yes", on: phone)
    #expect(next.status == status(0), "\(next.errors)")
    try expect("phone", holds: ["a", "new"])
    let last = try await world.filesync("sync", "from", "mtp:", "--mirror", "--yes", "--json", on: phone)
    #expect(last.lines("step").isEmpty, "\(last.output)")
  }
}
