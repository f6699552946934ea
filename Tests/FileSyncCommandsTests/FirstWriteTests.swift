import Foundation
import PTP
import Subprocess
import Testing
import VirtualDevice

@testable import FileSyncCommands

/// What precedes the first file that goes to a device: a probe, as users have it. All other tests go without.
@Suite(.fewAtOnce) struct FirstWriteTests {
  private var world: DeviceWorld
  private let winter = Date(timeIntervalSince1970: 1_705_320_000)

  init() throws {
    world = try DeviceWorld()
    world.probes = true
    try world.world.makeFolder("phone/documents")
    try world.world.write("from/winter.txt", "a", modified: winter)
    try world.world.write("from/summer.txt", "b", modified: winter + 182 * 86_400)
  }

  private func phone(_ profile: String, _ options: String...) -> DeviceWorld.Device {
    DeviceWorld.Device(profile: profile, options: ["--zone", "America/New_York"] + options)
  }

  /// All that is in a folder, hidden files included, with the folders.
  private func all(_ folder: String) -> [String] {
    ((try? FileManager.default.subpathsOfDirectory(atPath: "\(world.world.folder)/\(folder)")) ?? []).sorted()
  }

  /// What a file of output has of one type.
  private func lines(_ file: String, _ type: String) -> [[String: Any]] {
    DeviceWorld.Ending(status: .exited(0), output: world.world.read(file) ?? "", errors: "").lines(type)
  }

  private static let writable = Profile.all.filter { $0.info.operations.contains(.sendObject) }.map(\.name)

  @Test(arguments: writable)
  func theFirstFileTellsAndNoOther(profile: String) async throws {
    let script = #"""
      set -e
      sync() { "$filesync" sync from mtp:/documents --json "${@:2}" > "$1"; }
      sync dry --dry-run 2> dry.words
      sync first --yes 2> first.words
      echo more > from/more; touch -d 2020-02-02 from/more; sync second --yes
      sed -i 's/"firmware" : "[^"]*"/"firmware" : "earlier"/' data/filesync/devices/*.json
      echo much > from/much; touch -d 2021-03-03 from/much; sync third --yes
      "$filesync" sync mtp:/documents back --yes --json > fourth
      """#
    let run = try await world.bash(script, on: phone(profile))
    #expect(run.status == .exited(0), "\(run.errors)")
    // Of a watch that refuses to delete it is known that a probe would stay there.
    let isTried = profile != "garmin"
    for (file, count) in [("dry", 0), ("first", 1), ("second", 0), ("third", 1), ("fourth", 0)] {
      #expect(lines(file, "probing").count == (isTried ? count : 0), "\(file)")
      #expect(lines(file, "knowledge").count(where: { $0["probed"] != nil }) == (isTried ? count : 0), "\(file)")
    }
    #expect(world.world.read("dry.words")?.contains("tried out") == false)
    #expect(world.world.read("first.words")?.contains("a few small files that are removed again") == isTried)
    #expect(world.world.read("first.words")?.contains("Warning") == false)
    if profile == "android" {
      #expect(world.world.read("first.words")?.contains("its dates were read in another zone. The next sync") == true)
    }
    #expect(all("phone") == ["documents"] + ["more", "much", "summer.txt", "winter.txt"].map { "documents/\($0)" })
    try world.expectSame("from", "phone/documents", dates: ["android", "player"].contains(profile))
    try world.expectSame("from", "back")
    // The plan was made anew where it had to be, and no step of it was asked for twice.
    #expect((lines("first", "finished").last?["counts"] as? [String: Any])?["filesCopied"] as? Int == 2)
  }

  /// `copy`, and `mv` from this computer, write as well; what moves on the device itself does not.
  @Test func otherCommandsTryTheDeviceOut() async throws {
    let script = #"""
      set -e
      "$filesync" mkdir mtp:/In --json && "$filesync" mv mtp:/documents mtp:/Papers --json
      "$filesync" copy from/winter.txt mtp:/In --yes --json > copied
      rm -r data
      "$filesync" mv from/summer.txt mtp:/In --yes --json > moved
      """#
    let run = try await world.bash(script, on: phone("android"))
    #expect(run.status == .exited(0) && !run.output.contains("probing"), "\(run.errors)")
    #expect(lines("copied", "probing").count == 1 && lines("moved", "probing").count == 1)
    #expect(all("phone") == ["In", "In/summer.txt", "In/winter.txt", "Papers"])
    #expect(world.world.names("from") == ["winter.txt"])
  }

  /// What is refused is refused before anything is sent.
  @Test func aMoveThatIsRefusedTriesNothing() async throws {
    try world.world.write("phone/documents/winter.txt", "another", modified: winter)
    try world.world.write("from/new.txt", "new", modified: winter)
    let run = try await world.filesync(
      "mv",
      "from/new.txt",
      "from/winter.txt",
      "mtp:/documents",
      "--yes",
      "--json",
      on: phone("android")
    )
    #expect(run.status == .exited(4) && run.errors.contains("exists already"), "\(run.errors)")
    #expect(run.lines("probing").isEmpty)
  }

  /// A card has another file system: what may be otherwise there is found out at the first file that goes to it.
  @Test func aCardIsTriedAtItsOwnFirstFile() async throws {
    try world.world.makeFolder("card/photos")
    let script = #"""
      set -e
      "$filesync" sync from mtp:PHONE/internal/documents --yes --json > first
      "$filesync" sync from mtp:PHONE/card/photos --yes --json > second
      "$filesync" copy from/winter.txt mtp:PHONE/card --yes --json > third
      "$filesync" doctor --no-probe --json mtp:PHONE/card > known; "$filesync" doctor --no-probe mtp:PHONE/card > words
      """#
    let run = try await world.bash(script, on: phone("player", "--card", "\(world.world.folder)/card"))
    #expect(run.status == .exited(0), "\(run.errors)")
    for (file, count) in [("first", 1), ("second", 1), ("third", 0)] {
      #expect(lines(file, "probing").count == count, "\(file)")
    }
    let storages = lines("known", "knowledge").first?["storages"] as? [[String: Any]]
    #expect(storages?.count == 2 && storages?.allSatisfy { $0["longestName"] != nil && $0["probed"] != nil } == true)
    #expect(world.world.read("words")?.components(separatedBy: "Longest name").count == 3)
    #expect(all("card") == ["photos", "photos/summer.txt", "photos/winter.txt", "winter.txt"])
  }

  // MARK: What it shows changes the plan

  @Test func namesThatTurnOutToBePossibleAreKept() async throws {
    for name in ["Photo.jpg", "photo.jpg"] { try world.world.write("from/\(name)", name) }
    let run = try await world.filesync("sync", "from", "mtp:/documents/new", "--yes", on: phone("player"))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.output.contains("changes the plan"), "\(run.output)")
    #expect(world.world.names("phone/documents/new") == ["Photo.jpg", "photo.jpg", "summer.txt", "winter.txt"])
    #expect(world.world.read("phone/documents/new/photo.jpg") == "photo.jpg")
  }

  @Test(arguments: [true, false])
  func anotherPlanIsConfirmedAgain(isWanted: Bool) async throws {
    let world = try World()
    for name in ["A", "a"] { try world.write("from/\(name)", name) }
    try world.makeFolder("phone/In")
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone")
    world.bus.hideCaseSensitivity()
    let status = await world.run("sync", "from", "mtp:/In", answers: ["y", isWanted ? "y" : "n"])
    #expect(status == (isWanted ? .done : .declined), "\(world.errors.text)")
    #expect(world.names("phone/In") == (isWanted ? ["A", "a"] : []))
    #expect(world.output.text.contains("changes the plan"))
  }

  @Test func aPlanThatStaysIsNotAskedAboutAgain() async throws {
    let world = try World()
    try world.write("from/A")
    try world.makeFolder("phone/In")
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone")
    world.bus.hideCaseSensitivity()
    #expect(await world.run("sync", "from", "mtp:/In", answers: ["y"]) == .done)
    #expect(world.names("phone/In") == ["A"] && !world.output.text.contains("changes the plan"))
  }

  // MARK: Interrupted

  /// Runs a sync whose probe is in the middle when it gets the signal, and then another, of the same device.
  @Test(arguments: ["TERM", "KILL"], ["android", "minimal"])
  func aSignal(signal: String, profile: String) async throws {
    let script = #"""
      export FILESYNC_TIMEOUT=1; mkfifo lines
      "$filesync" sync from mtp:/documents --yes --json > lines 2> first.words & pid=$!
      exec 3< lines
      while read -r line <&3; do case $line in *'"probing"'*) kill -$1 $pid; break;; esac; done
      cat <&3 > rest; wait $pid; echo $?; ls -AR phone | grep -c filesync-
      "$filesync" sync from mtp:/documents --yes --json > second; echo $?
      """#
    // So it does not end before the signal comes.
    let fault = ["--fault", "silence@SendObject#3", "--longest-wait", "1000"]
    let device = DeviceWorld.Device(profile: profile, options: fault)
    let run = try await world.bash(script, signal, on: device)
    let lines = run.output.split(separator: "\n")
    #expect(lines.first == (signal == "TERM" ? "143" : "137") && lines.last == "0", "\(run.output) \(run.errors)")
    #expect(all("phone") == ["documents", "documents/summer.txt", "documents/winter.txt"])
    #expect(self.lines("second", "probing").count == 1)
  }

  /// In the middle of a probe. It goes on to the end of the trial that it is in, and removes all.
  @Test(arguments: [
    ["android", "SendObject#2"], ["android", "GetPartialObject64#1"], ["android", "DeleteObject#3"],
    ["player", "SendObjectInfo#4"], ["ereader", "SendObject#4"],
  ])
  func ctrlC(at: [String]) async throws {
    let device = DeviceWorld.Device(profile: at[0], options: ["--fault", "interrupt@\(at[1])"])
    for command in [["sync", "from", "mtp:/documents", "--yes"], ["doctor", "mtp:", "--yes"]] {
      let line = command.map { "'\($0)'" }.joined(separator: " ")
      let run = try await world.bash(#""$filesync" \#(line); echo $?; ls -AR phone | grep -c filesync-"#, on: device)
      #expect(run.output.hasSuffix("130\n0\n"), "\(run.output) \(run.errors)")
      #expect(run.errors.contains("filesync: Interrupted.") && !run.errors.contains(".filesync-"), "\(run.errors)")
      // A signal that comes late may find the first file sent.
      #expect(!all("phone").contains { $0.contains(".filesync-") })
    }
  }

  @Test func ctrlCWhileADeviceIsSilent() async throws {
    let script = #"""
      mkfifo lines; "$filesync" sync from mtp:/documents --yes --json 2> lines > first & pid=$!
      exec 3< lines
      while read -r line <&3; do case $line in "Trying out what Google Pixel 7 can do…") kill -TERM $pid; break;; esac; done
      cat <&3 > rest; wait $pid; echo $?; ls -AR phone | grep -q filesync-; echo $?
      "$filesync" sync from mtp:/documents --yes --json > second; echo $?
      """#
    let device = DeviceWorld.Device(profile: "android", options: ["--fault", "silence@SendObject#3"])
    let run = try await world.bash(script, on: device)
    #expect(run.output == "143\n0\n0\n", "\(run.output) \(run.errors)")
    #expect(lines("first", "probing").count == 1 && world.world.read("first")?.contains("Trying") == false)
    #expect(all("phone") == ["documents", "documents/summer.txt", "documents/winter.txt"])
  }

  /// What a probe has left, the next run that writes there removes, though the device was tried out since; nobody else sees
  /// it, and nothing of another size or name is taken for it.
  @Test func leftoversAreNobodysFiles() async throws {
    let script = #"""
      "$filesync" doctor --yes mtp: > /dev/null || exit
      mkdir -p phone/.filesync-doctor-1.part/.filesync-doctor-4.part
      printf FileSync > phone/.filesync-doctor-1.part/.filesync-doctor-2.part
      mkdir phone/.filesync-doctor-9.part; echo mine > phone/.filesync-doctor-9.part/mine
      head -c 17 /dev/zero > phone/.filesync-doctor-7.part
      "$filesync" ls -R mtp:; "$filesync" ls --json mtp:
      "$filesync" sync mtp: back --yes; ls -A back
      "$filesync" copy from/winter.txt mtp:/documents --yes --quiet; ls -A phone
      "$filesync" rm -r --yes mtp:/.filesync-doctor-9.part; "$filesync" rm mtp:/.filesync-doctor-7.part; ls -A phone
      """#
    let run = try await world.bash(script, on: phone("android"))
    // What is told where a device takes its time.
    let complaints = run.errors.split(separator: "\n").filter { !$0.hasPrefix("Trying out ") }
    #expect(complaints.isEmpty, "\(run.errors)")
    let lines = run.output.split(separator: "\n").map(String.init)
    let folders = [".filesync-doctor-7.part", ".filesync-doctor-9.part", "documents"]
    #expect(lines.suffix(5) == ["documents"] + folders + ["documents"], "\(run.output)")
    // A file of such a name may be somebody's, so that the sync tells of it.
    let told = lines.dropLast(5).filter { $0.contains("filesync-doctor") }
    #expect(told.count == 1 && told.first?.hasSuffix("replaced versions): .filesync-doctor-7.part") == true, "\(told)")
  }

  /// Some codes say that nothing may be deleted, others only that this was not; what stays is named in any case, once.
  @Test(arguments: ["AccessDenied", "StoreReadOnly", "PartialDeletion", "GeneralError"])
  func whatCannotBeDeletedIsNamed(code: String) async throws {
    let refusing = phone("android", "--fault", "respond=\(code)@DeleteObject#all")
    let run = try await world.filesync("sync", "from", "mtp:/documents", "--yes", on: refusing)
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.errors.components(separatedBy: ".filesync-doctor-1.part").count == 2, "\(run.errors)")
    let probed = try await world.filesync("doctor", "mtp:", "--yes", "--json", on: refusing)
    #expect(probed.errors.components(separatedBy: ".filesync-doctor-1.part").count == 2, "\(probed.errors)")
    #expect(probed.lines("knowledge").first?["staying"] as? String == ".filesync-doctor-1.part")
  }

  /// However the session dies, the run goes on in another one, and nothing of the probe stays.
  @Test(
    arguments: ["silence", "stall", "garbage", "wedge"],
    ["SendObject#3", "DeleteObject#2", "GetPartialObject64#1"]
  )
  func aSessionThatDies(effect: String, at: String) async throws {
    let device = phone("android", "--fault", "\(effect)@\(at)", "--longest-wait", "250")
    let sync = #"FILESYNC_TIMEOUT=1 "$filesync" sync from mtp:/documents --yes --json"#
    let run = try await world.bash(sync, on: device)
    #expect(run.status == .exited(0) && run.lines("warning").count < 2, "\(run.errors)")
    #expect(all("phone") == ["documents", "documents/summer.txt", "documents/winter.txt"])
  }

  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func aPulledCable(profile: String) async throws {
    let fault = ["--fault", "unplug@SendObject#3", "--longest-wait", "250"]
    let pulled = DeviceWorld.Device(profile: profile, options: fault)
    let sync = #"FILESYNC_TIMEOUT=1 "$filesync" sync from mtp:/documents --yes --json"#
    let first = try await world.bash(sync, on: pulled)
    #expect(first.status == .exited(2), "\(first.errors)")
    #expect(all("phone").contains { $0.contains(".filesync-") } && !all("phone").contains("documents/winter.txt"))
    let next = try await world.bash(sync, on: phone(profile))
    #expect(next.status == .exited(0) && next.lines("probing").count == 1, "\(next.errors)")
    #expect(all("phone") == ["documents", "documents/summer.txt", "documents/winter.txt"])
  }

  /// A cable that was loose, and a device that cannot bear a part of it: the run goes on, and the next one tries no more.
  @Test(arguments: [["reconnect@SendObject#4"], ["reconnect@SendObject#4", "reconnect@SendObject#8"]])
  func aLostSessionEndsNoRun(faults: [String]) async throws {
    let options = faults.flatMap { ["--fault", $0] } + ["--longest-wait", "250"]
    let device = DeviceWorld.Device(profile: "android", options: options)
    let script = #"""
      "$filesync" sync from mtp:/documents --yes --json || exit
      echo more > from/more; "$filesync" sync from mtp:/documents --yes --json > second
      """#
    let run = try await world.bash(script, on: device)
    #expect(run.status == .exited(0) && run.lines("probing").count == 1, "\(run.errors)")
    #expect(run.lines("warning").count == faults.count - 1, "\(run.errors)")
    #expect(all("phone") == ["documents"] + ["more", "summer.txt", "winter.txt"].map { "documents/\($0)" })
    #expect(lines("second", "probing").isEmpty && lines("second", "finished").count == 1)
  }

  @Test func aRefusalEndsNoRun() async throws {
    let refusing = phone("android", "--fault", "respond=AccessDenied@SendObjectInfo#2")
    let run = try await world.filesync("sync", "from", "mtp:/documents", "--yes", on: refusing)
    #expect(run.status == .exited(0) && run.errors.contains("Not all was found out"), "\(run.errors)")
    #expect(all("phone") == ["documents", "documents/summer.txt", "documents/winter.txt"])
  }

  @Test func aDeviceWithLittleRoomIsNotTried() async throws {
    let small = phone("android", "--space", "1000000")
    let run = try await world.filesync("sync", "from", "mtp:/documents", "--yes", "--json", on: small)
    #expect(run.status == .exited(0) && run.lines("probing").isEmpty, "\(run.errors)")
    // One that is full all the same, in the middle of it, has the room again that the probe took.
    try world.world.write("from/third.txt", "c")
    let full = phone("umtp", "--fault", "full@SendObject#3")
    let next = try await world.filesync("sync", "from", "mtp:/documents", "--yes", "--json", on: full)
    #expect(next.lines("probing").count == 1)
    #expect(!all("phone").contains { $0.contains(".filesync-") }, "\(next.errors)")
  }
}
