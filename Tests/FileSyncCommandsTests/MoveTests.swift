import CLinux
import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// `sync --move` and `sync --proof`.
@Suite(.fewAtOnce) struct MoveTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    try world.world.makeFolder("phone/DCIM")
    for name in ["old1", "d/old2"] { try world.world.write("from/\(name)", "text of \(name)") }
    try world.world.write("from/new", "a new one", modified: Date())
  }

  private func names(_ folder: String) throws -> [String] {
    try world.files(folder).keys.filter { !$0.hasPrefix(".filesync-vault/") }.sorted()
  }

  @Test(arguments: [
    ["--move", "--mirror"], ["--move", "--proof"], ["--proof", "--mirror"], ["--proof", "--dry-run"],
    ["--proof", "--conflict", "newer"], ["--proof", "--update"], ["--proof", "--no-vault"],
    ["--proof", "--restore-missing", "always"], ["--delete-freed"], ["--move", "--delete-freed"],
    ["--ignore-existing", "--update"], ["--ignore-existing", "--checksum"], ["--ignore-existing", "--conflict", "ask"],
  ])
  func contradictions(_ options: [String]) async throws {
    let command = ["\(builtProducts)/filesync", "sync", "from", "to"] + options
    let run = try await world.plugged([], command)
    #expect(run.status == .exited(64))
    #expect(run.errors.hasPrefix("Error: --") || run.errors.hasPrefix("filesync: --"), "\(run.errors)")
    #expect(world.world.names("to").isEmpty)
  }

  @Test func oldFilesGoAndStayAtTheDestination() async throws {
    let plan = try await world.filesync("sync", "from", "to", "--move", "--older-than", "90d", "--dry-run")
    #expect(
      plan.output.contains("Files to remove at the source, each once it is verified: 2, 26 bytes freed"),
      "\(plan.output)"
    )
    #expect(plan.output.contains("\nfree  d/old2  14 bytes  (at the source, once it is verified)\n"))
    #expect(try names("from").count == 3 && names("to").isEmpty)

    let run = try await world.filesync("sync", "from", "to", "--move", "--older-than", "90d", "--yes", "--json")
    #expect(run.status == .exited(0) && run.count("verified") == 2, "\(run.output) \(run.errors)")
    #expect(run.lines("removed").compactMap { $0["path"] as? String }.sorted() == ["d/old2", "old1"])
    #expect(run.lines("plan").first?["filesToFree"] as? Int == 2 && run.lines("toFree").count == 2)
    #expect(run.errors.contains("Removed at the source: 2 files, 26 bytes."))
    #expect(try names("from") == ["new"] && names("to") == ["d/old2", "old1"])
    // The folder stays.
    #expect(world.world.names("from") == ["d", "new"])
    #expect(try world.files("to")["old1"]?.modified == 1_500_000_000)
    #expect(try await world.filesync("history").output.contains("  move  "))

    let last = try await world.filesync("log")
    #expect(last.output.hasSuffix("\nWhat it copied before: filesync log 1\n"), "\(last.output)")
    let first = try await world.filesync("log", "1")
    #expect(first.output.hasSuffix("\nWhat it removed at the source: filesync log 2\n"), "\(first.output)")

    // What has been removed is not missing, and a mirror leaves the last copies.
    let sync = try await world.filesync("sync", "from", "to", "--yes", "--json")
    #expect(sync.status == .exited(0) && sync.copied == 1 && sync.count("skipped") == 0)
    let mirror = try await world.filesync("sync", "from", "to", "--mirror", "--yes")
    #expect(
      mirror.status == .exited(0) && mirror.output.contains("Left out: 2 (removed at the source by --move"),
      "\(mirror.output)"
    )
    #expect(try names("to") == ["d/old2", "new", "old1"])
    // A camera that counts anew.
    try world.world.write("from/old1", "another picture", modified: Date())
    let both = try await world.filesync("sync", "from", "to", "--yes")
    #expect(both.status == .exited(0) && world.world.read("to/old1") == "text of old1", "\(both.output)")
    #expect(try names("to").count == 4)
    try FileManager.default.removeItem(atPath: world.world.folder + "/from/old1")
    let all = try await world.filesync("sync", "from", "to", "--mirror", "--delete-freed", "--yes", "--json")
    #expect(all.status == .exited(0) && all.count("filesDeleted") == 3, "\(all.errors)")
    #expect(try names("to") == ["new"])
    let named = try await world.filesync("sync", "from", "to", "--move", "--yes", "--verbose")
    #expect(named.output.contains("\nremove  new  ") && named.output.contains("  (at the source)\n"), "\(named.output)")
  }

  /// What an earlier run copied is up to date, and its dates may be hours off all the same: once the originals are gone, nothing
  /// tells.
  @Test func whatWasCopiedWithDatesOfAnAssumedZoneStaysUntilThatIsKnown() async throws {
    try world.world.write("phone/DCIM/1.jpg", "a picture", modified: Date(timeIntervalSince1970: 1_500_000_000))
    let phone = DeviceWorld.Device(profile: "android", options: ["--zone", "Asia/Tokyo"])
    let copy = try await world.filesync("sync", "mtp:/DCIM", "copied", "--yes", on: phone)
    #expect(copy.status == .exited(0), "\(copy.errors)")
    #expect(try world.files("copied")["1.jpg"]?.modified == 1_500_000_000 + 9 * 3600)
    let again = try await world.filesync("sync", "mtp:/DCIM", "copied", "--yes", on: phone)
    #expect(again.output.contains("Files that are up to date: 1\n") && again.output.contains("tells no time zone"))
    var probing = world
    probing.probes = true
    let move = try await probing.filesync("sync", "mtp:/DCIM", "copied", "--move", "--yes", on: phone)
    #expect(move.status == .exited(0), "\(move.output) \(move.errors)")
    #expect(try world.files("copied")["1.jpg"]?.modified == 1_500_000_000, "\(move.output)")
    #expect(world.world.names("phone/DCIM") == [])
  }

  /// What an earlier run copied is read before its original goes.
  /// A backup of the backup, files that were sorted elsewhere, a whole folder that was renamed: they are the last copies still.
  @Test func lastCopiesStayWhateverIsDoneWithThem() async throws {
    let script = """
      set -ex
      touch -d 2020-01-01 from/old1 from/d/old2; rm from/new; echo keep > from/keep; touch -d 2021-01-01 from/keep
      "$filesync" sync from to --move --older-than 1000d --exclude keep --yes; "$filesync" sync to backup --yes
      "$filesync" sync from to --mirror --no-vault --yes; [ -e to/old1 ]; [ -e to/d/old2 ]
      "$filesync" sync from to --two-way --yes; [ "$(find from -type f)" = from/keep ]
      mkdir to/album; mv to/old1 to/album/renamed; "$filesync" sync from to --mirror --no-vault --yes; [ -e to/album/renamed ]
      mv to other; "$filesync" sync from other --mirror --no-vault --yes; [ -e other/d/old2 ]; [ -e other/album/renamed ]
      """
    let run = try await world.bash(script)
    #expect(run.status == .exited(0), "\(run.output) \(run.errors.suffix(1500))")
  }

  /// What somebody else put at the destination may be in this computer's memory alone, with its name.
  @Test func nothingGoesBeforeWhatOthersCopiedIsOnTheDisk() async throws {
    let script = """
      set -e
      mkdir -p to/d; cp -p from/old1 to; cp -p from/d/old2 to/d; touch -d 2020-01-01 from/empty; cp -p from/empty to; sync
      LD_PRELOAD="$LD_PRELOAD $1" KILL_SWITCH_LOG=$PWD/log "$filesync" sync --move --older-than 90d from to --yes
      cat log
      """
    let run = try await world.bash(script, "\(builtProducts)/libkill-switch.so")
    #expect(try run.status == .exited(0) && names("from") == ["new"], "\(run.errors)")
    expectSynced(["to/old1", "to/d/old2", "to/empty", "to/d", "to"], in: run, before: "/from/old1")
    expectSynced(["to/old1", "to/d/old2", "to/empty", "to/d", "to"], in: run, before: "/from/d/old2")
  }

  /// So of `mv`, of what it finds to be there already, as after a run that was interrupted.
  @Test func mvRemovesNothingBeforeWhatWasThereIsOnTheDisk() async throws {
    try world.world.write("phone/DCIM/d/a", "text of a")
    try world.world.write("phone/DCIM/d/b", "text of b")
    let script = """
      set -e
      mkdir to; cp -a phone/DCIM/d to; rm to/d/b; sync
      LD_PRELOAD="$LD_PRELOAD $1" KILL_SWITCH_LOG=$PWD/log "$filesync" mv mtp:/DCIM/d to --yes
      cat log
      """
    let phone = DeviceWorld.Device(profile: "android")
    let run = try await world.bash(script, "\(builtProducts)/libkill-switch.so", on: phone)
    #expect(run.status == .exited(0) && world.world.names("phone/DCIM").isEmpty, "\(run.output) \(run.errors)")
    expectSynced(["to/d/a", "to/d", "to"], in: run, before: nil)
  }

  /// Expects a log of the kill switch to have an `fsync` of all these paths, before a file is removed.
  private func expectSynced(_ paths: [String], in run: DeviceWorld.Ending, before removed: String?) {
    let lines = run.output.split(separator: "\n")
    let end = removed.flatMap { path in lines.firstIndex { $0.hasPrefix("unlinkat ") && $0.hasSuffix(path) } }
    #expect(removed == nil || end != nil, "\(run.output)")
    let synced = lines[..<(end ?? lines.endIndex)].filter { $0.hasPrefix("fsync ") }
    for path in paths { #expect(synced.contains { $0.hasSuffix("/\(path)") }, "\(path): \(run.output)") }
  }

  /// As what the run copies itself.
  @Test func whatOthersCopiedGetsTheRightsOfItsOriginal() async throws {
    let script = """
      set -e
      mkdir to; chmod 750 from/old1; cp -p from/old1 to; chmod 604 to/old1
      "$filesync" sync from to --proof --checksum --include old1 && exit 9 || [ $? = 1 ]
      "$filesync" sync from to --move --include old1 --yes
      stat -c %a to/old1
      """
    let folder = world.world.folder
    try #require(unsafe linux_set_attribute("\(folder)/from/old1", "user.note", "kept", 4) == 0)
    let run = try await world.bash(script)
    #expect(run.status == .exited(0) && world.world.names("from") == ["d", "new"], "\(run.output) \(run.errors)")
    #expect(run.output.contains("(the same, with other access rights; --move gives it those of the source): old1"))
    var value = [UInt8](repeating: 0, count: 4)
    #expect(run.output.hasSuffix("\n750\n"), "\(run.output)")
    #expect(unsafe linux_get_attribute("\(folder)/to/old1", "user.note", &value, 4) == 4 && value == Array("kept".utf8))
  }

  /// As a container file is, or what `touch -r` was used on.
  @Test func whatWasRewrittenWithItsOldDateStays() async throws {
    let script = """
      set -e
      "$filesync" sync from to --verify --yes; cp -p from/old1 date; echo -n 'TEXT of old1' > from/old1
      touch -r date from/old1; "$filesync" sync from to --move --yes || [ $? = 1 ]; cat from/old1
      """
    let run = try await world.bash(script)
    #expect(run.output.hasSuffix("TEXT of old1"), "\(run.output) \(run.errors)")
  }

  /// A device that deletes, and says that it has not.
  @Test func aDeletionThatWasDeniedIsSeen() async throws {
    try world.world.write("phone/DCIM/a", "first")
    try world.world.write("phone/DCIM/b", "second")
    let phone = DeviceWorld.Device(profile: "android", options: ["--fault", "respond-after=2002@DeleteObject#1"])
    let run = try await world.filesync("sync", "mtp:/DCIM", "to", "--move", "--yes", on: phone)
    let left = world.world.names("phone/DCIM")
    #expect(left.count < 2, "\(run.output) \(run.errors)")
    let plain = DeviceWorld.Device(profile: "android")
    try world.world.write("phone/DCIM/c", "third")
    let mirror = try await world.filesync("sync", "mtp:/DCIM", "to", "--mirror", "--no-vault", "--yes", on: plain)
    #expect(try names("to") == ["a", "b", "c"], "\(mirror.output) \(mirror.errors)")
  }

  /// A device that says that it has deleted, and has not.
  @Test func aDeletionThatWasOnlyClaimedIsTold() async throws {
    for name in ["a", "b"] { try world.world.write("phone/DCIM/\(name)", "photo \(name)") }
    let phone = DeviceWorld.Device(profile: "android", options: ["--fault", "respond=OK@DeleteObject#all"])
    let run = try await world.filesync("sync", "mtp:/DCIM", "to", "--move", "--yes", on: phone)
    #expect(run.status == .exited(1), "\(run.output) \(run.errors)")
    #expect(run.output.contains("Removed at the source: nothing.") && run.errors.contains("/a: the device says"))
    #expect(world.world.names("phone/DCIM") == ["a", "b"])
    let plain = DeviceWorld.Device(profile: "android")
    let again = try await world.filesync("sync", "mtp:/DCIM", "to", "--move", "--yes", on: plain)
    #expect(again.status == .exited(0) && world.world.names("phone/DCIM").isEmpty, "\(again.output) \(again.errors)")
  }

  /// The same of `rm` and `mv`: nothing is said to be gone that the device lists still.
  @Test func rmAndMvTellWhatWasOnlyClaimed() async throws {
    for name in ["a", "b", "d/c"] { try world.world.write("phone/DCIM/\(name)", "photo \(name)") }
    let phone = DeviceWorld.Device(profile: "android", options: ["--fault", "respond=OK@DeleteObject#all"])
    let one = try await world.filesync("rm", "mtp:/DCIM/a", "mtp:/DCIM/b", "--json", on: phone)
    #expect(one.status == .exited(1) && one.lines("removed").isEmpty, "\(one.output)")
    #expect(one.lines("failed").count == 2 && one.errors.contains("mtp:/DCIM/a: the device says"), "\(one.errors)")
    let all = try await world.filesync("rm", "-r", "--yes", "mtp:/DCIM", on: phone)
    #expect(all.status == .exited(1) && all.errors.contains("mtp:/DCIM/d/c: the device says"), "\(all.errors)")
    #expect(!all.errors.contains("not empty"), "\(all.errors)")
    #expect(try await world.filesync("log", on: phone).output.contains("remove") == false)
    for location in ["mtp:/DCIM/a", "mtp:/DCIM/d"] {
      let moved = try await world.filesync("mv", location, ".", "--yes", "--json", on: phone)
      #expect(moved.status == .exited(1) && moved.lines("removed").isEmpty, "\(moved.output)")
      #expect(!moved.output.contains("Removed at the source"), "\(moved.output)")
    }
    #expect(world.world.read("a") == "photo a" && world.world.read("d/c") == "photo d/c")
    #expect(world.world.names("phone/DCIM") == ["a", "b", "d"] && world.world.names("phone/DCIM/d") == ["c"])
  }

  @Test func whatHasRottedKeepsItsOriginal() async throws {
    #expect(try await world.filesync("sync", "from", "to", "--yes").status == .exited(0))
    try world.world.write("to/old1", "text of 0ld1")
    let run = try await world.filesync("sync", "from", "to", "--move", "--yes")
    #expect(run.status == .exited(1), "\(run.output)")
    #expect(
      run.output.contains(
        "Kept at the source: 1 file, 12 bytes (something else of its size is there under its name; with --checksum a sync "
          + "copies it): old1"
      ),
      "\(run.output)"
    )
    #expect(try names("from") == ["old1"])
    // Without a terminal there is nobody to say yes.
    let unasked = try await world.filesync("sync", "from", "to", "--move")
    #expect(unasked.status == .exited(64))
    // As the reason says.
    #expect(try await world.filesync("sync", "from", "to", "--move", "--checksum", "--yes").status == .exited(0))
    #expect(try names("from").isEmpty && world.world.read("to/old1") == "text of 0ld1")
    #expect(try names("to").contains { world.world.read("to/\($0)") == "text of old1" })
  }

  @Test func whoSaysNoKeepsAll() async throws {
    let small = try World()
    try small.write("from/a", "text")
    #expect(await small.run("sync", "from", "to", "--move", answers: ["n"]) == .declined)
    #expect(small.read("from/a") == "text" && small.read("to/a") == nil)
    #expect(await small.run("sync", "from", "to", "--move", answers: ["y"]) == .done)
    #expect(small.read("from/a") == nil && small.read("to/a") == "text")
    #expect(await small.run("sync", "from", "to", "--move", "--yes") == .done)
  }

  @Test(arguments: ["android", "umtp", "camera"])
  func fromADevice(profile: String) async throws {
    try world.world.write("phone/DCIM/1.jpg", "picture 1")
    try world.world.write("phone/DCIM/2.jpg", "picture 2")
    let phone = DeviceWorld.Device(profile: profile)
    let run = try await world.filesync("sync", "mtp:/DCIM", "to", "--move", "--yes", "--json", on: phone)
    if run.status == .exited(4) {
      // A store that only reads.
      #expect(try names("phone").count == 2 && names("to").isEmpty && run.lines("started").isEmpty)
      return
    }
    #expect(run.status == .exited(0) && run.lines("removed").count == 2, "\(profile): \(run.output) \(run.errors)")
    #expect(try names("phone").isEmpty && names("to") == ["1.jpg", "2.jpg"])
    #expect(world.world.names("phone") == ["DCIM"])
    let back = try await world.filesync("sync", "to", "mtp:/DCIM", "--yes", "--json", on: phone)
    #expect(try names("phone").isEmpty && back.count("missingFromCheckpoint") == 2, "\(back.output)")
  }

  @Test func aDeviceThatDeletesNothingIsRefusedBeforeAnything() async throws {
    let watch = DeviceWorld.Device(profile: "garmin")
    try world.world.write("phone/DCIM/1", "first")
    let unknown = try await world.filesync("sync", "mtp:/DCIM", "other", "--move", "--yes", on: watch)
    #expect(
      unknown.status == .exited(1) && unknown.output.contains("Removed at the source: nothing."),
      "\(unknown.output)"
    )
    #expect(world.world.read("other/1") == "first" && world.world.read("phone/DCIM/1") == "first")
    // Now it is tried out.
    _ = try await world.filesync("doctor", "mtp:", "--yes", on: watch)
    let first = try await world.filesync("sync", "mtp:/DCIM", "to", "--move", "--yes", on: watch)
    #expect(
      first.status == .exited(4) && first.errors.contains("Nothing was copied"),
      "\(first.output) \(first.errors)"
    )
    #expect(first.errors.contains("Leave out --move") && world.world.read("to/1") == nil)
  }

  /// A mount of the phone is the phone.
  @Test func theSourceSeenInAnotherWayIsNoDestination() async throws {
    let small = try World()
    try small.write("phone/a.jpg", "picture")
    small.bus.fill(from: small.folder + "/phone")
    small.bus.plug(.fake())
    #expect(await small.run("sync", "mtp:", "phone", "--move", "--yes") == .notPossible)
    #expect(small.errors.text.contains("may be the source itself") && small.names("phone") == ["a.jpg"])
  }

  /// A device that changes a byte of what it is sent.
  @Test func whatIsNotWhatWasSentKeepsItsOriginal() async throws {
    let bad = DeviceWorld.Device(
      profile: "android",
      options: ["--fault", "corrupt@SendObject#1", "--fault", "corrupt@SendObject#2"]
    )
    let run = try await world.filesync("sync", "from", "mtp:/DCIM", "--move", "--yes", "--json", on: bad)
    #expect(run.status == .exited(1) && run.lines("removed").count == 2, "\(run.output)")
    #expect(try names("from").count == 1 && names("phone").count == 2)
    #expect(run.lines("proofFile").compactMap { $0["verdict"] as? String } == ["notThere"])
  }

  // MARK: Proof

  @Test func aProofTellsOfLinksAndOfWhatIsLeftOut() async throws {
    let script = """
      mkdir -p from/.filesync-vault/1; echo old > from/.filesync-vault/1/x; ln -s old1 from/link; mkfifo from/pipe
      "$filesync" sync from to --verify --yes --exclude new > /dev/null || exit 9
      proof() { "$filesync" sync from to --proof "$@"; echo "status $?"; }
      proof --exclude new
      rm from/pipe; proof --exclude new --json; rm to/link; proof --exclude new; ln -s elsewhere to/link; proof --exclude new
      proof --exclude '*'
      """
    let run = try await world.bash(script)
    let parts = run.output.components(separatedBy: "status ")
    try #require(parts.count == 6, "\(run.output) \(run.errors)")
    #expect(
      parts[0].contains("3 of 4 files and links (") && parts[0].contains("1 file or link, 0 bytes (not there): pipe")
    )
    #expect(parts[0].contains("Nothing is said of 1 (left out by the filters): new\n"))
    #expect(parts[0].contains("Nothing is said of 1 (FileSync's own): .filesync-vault\n"))
    #expect(parts[1].hasPrefix("1\n") && parts[1].contains(#""leftOut":2"#) && parts[1].contains(#""isWhole":true"#))
    #expect(parts[2].hasPrefix("0\n") && parts[2].contains("(not there): link"))
    #expect(parts[3].hasPrefix("1\n") && parts[3].contains("(something else is there under its name): link"))
    #expect(
      parts[4].hasPrefix("1\n") && parts[4].contains("0 of 0 files (") && parts[4].contains("left out by the filters")
    )
  }

  @Test func aProofTellsWhatIsSafeAndWhatNot() async throws {
    try world.world.makeFolder("to")
    let before = try await world.filesync("sync", "from", "to", "--proof")
    #expect(
      before.status == .exited(1) && before.output.contains("0 of 3 files (0 bytes of 35 bytes) on "),
      "\(before.output)"
    )
    #expect(before.output.contains("\nNot safe to remove: 3 files, 35 bytes (not there): "))
    #expect(try await world.filesync("sync", "from", "to", "--exclude", "new", "--yes").status == .exited(0))
    let copied = try await world.filesync("sync", "from", "to", "--proof")
    #expect(
      copied.status == .exited(1)
        && copied.output.contains("2 files, 26 bytes (there, and never read back; --proof --verify reads it)")
    )
    let compared = try await world.filesync("sync", "from", "to", "--proof", "--checksum", "--json")
    let verdicts = Dictionary(
      uniqueKeysWithValues: compared.lines("proofFile").compactMap { line in
        (line["path"] as? String).map { ($0, line["verdict"] as? String) }
      }
    )
    #expect(verdicts == ["old1": "verified", "d/old2": "verified", "new": "notThere"])
    #expect(compared.status == .exited(1) && compared.lines("proof").first?["verified"] as? Int == 2)
    // What was compared is on record.
    let known = try await world.filesync("sync", "from", "to", "--proof", "--include", "*old*")
    #expect(known.status == .exited(0) && known.output.contains(", verified; read back "), "\(known.output)")
    let verified = try await world.filesync("sync", "from", "to", "--verify", "--yes")
    #expect(verified.status == .exited(0) && !verified.output.contains("never read back"), "\(verified.output)")
    let some = try await world.filesync("sync", "from", "to", "--proof", "--include", "new")
    #expect(some.output.contains("0 of 1 file") || some.status == .exited(0), "\(some.output)")
    #expect(try await world.filesync("sync", "from", "other", "--exclude", "new", "--yes").status == .exited(0))
    let later = try await world.filesync("sync", "from", "other", "--verify", "--yes")
    #expect(later.output.contains("Of these, 2 were never read back; sync --proof --verify"), "\(later.output)")
    let whole = try await world.filesync("sync", "from", "to", "--proof", "--verify")
    #expect(whole.status == .exited(0) && whole.output.contains("3 of 3 files (35 bytes) on "), "\(whole.output)")
    #expect(whole.output.contains(", verified; read back "))
    #expect(try names("from").count == 3 && names("to").count == 3)
    let nowhere = try await world.filesync("sync", "from", "nowhere", "--proof")
    #expect(nowhere.status == .exited(4) && world.world.names("nowhere").isEmpty)
  }
}
