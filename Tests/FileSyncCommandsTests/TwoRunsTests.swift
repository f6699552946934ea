import Foundation
import GRDB
import Journal
import LocalStorage
import Storage
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// A second run of the same folders, or on the same device, while another one is there.
@Suite(.fewAtOnce) struct TwoRunsTests {
  private let world: World
  private var journal: String { world.folder + "/home/.local/share/filesync/journal.sqlite" }

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first")
    try world.makeFolder("to")
  }

  /// Another run, which goes on until ``end(_:)``: this process lives.
  private func begin() async throws {
    let folders = try ["from", "to"].map { try LocalStorage.open(FilePath("\(world.folder)/\($0)")).traits.identity }
    _ = try await Journal.open(at: journal).begin(from: folders[0], to: folders[1], policy: "{}")
  }

  @Sendable private func end(_ bus: FakeBus) {
    #expect(throws: Never.self) {
      try DatabaseQueue(path: journal).write { try $0.execute(sql: "UPDATE run SET ended = started") }
    }
  }

  @Test(arguments: [["sync", "from", "to"], ["dates", "from", "to"], ["sync", "to", "from"]])
  func theOtherRunIsNamed(command: [String]) async throws {
    try await begin()
    #expect(await Program.run(command + ["--yes"], world.context()) == .notReady)
    let told = world.errors.text
    #expect(told.contains("Another run of the same folders is going on, since 20"))
    #expect(told.contains("(process \(getpid())).") && told.contains("--wait 60 waits for it."))
    #expect(world.names("to").isEmpty && world.names("from") == ["a.txt"])
    // What changes nothing is free to look.
    #expect(await Program.run(command + ["--dry-run"], world.context()) == .done)
  }

  @Test func itIsWaitedForAndThePlanIsMadeAfterIt() async throws {
    try await begin()
    let world = world
    world.bus.after(5) { bus in
      #expect(throws: Never.self) { try world.write("to/a.txt", "first") }
      end(bus)
    }
    #expect(await world.run("sync", "from", "to", "--yes", "--wait", "60") == .done)
    #expect(world.bus.time == 5)
    #expect(world.output.text.contains("Nothing copied; 1 file there already"))
    #expect(world.errors.text.split(separator: "\n").count { $0 == "Waiting for it." } == 1)
  }

  @Test func theWaitingEnds() async throws {
    try await begin()
    #expect(await world.run("sync", "from", "to", "--yes", "--wait", "3") == .notReady)
    #expect(world.bus.time == 3 && !world.errors.text.contains("--wait 60"))
    let world = world
    world.bus.after(5) { _ in world.interrupt.raise(.hangUp) }
    #expect(await world.run("sync", "from", "to", "--yes", "--wait", "60") == .hungUp)
    #expect(world.bus.time == 5 && world.names("to").isEmpty)
  }

  /// Setting the clock makes the waiting neither longer nor shorter.
  @Test func aClockThatIsSetDoesNotChangeTheWaiting() async throws {
    for step in [-3600.0, 3600] {
      let before = world.bus.time
      var context = world.context()
      let bus = world.bus
      context.now = { Date(timeIntervalSince1970: 1_795_365_005 + bus.time * step) }
      #expect(await Program.run(["ls", "mtp:", "--wait", "10"], context) == .notReady)
      #expect(world.bus.time - before == 10)
    }
  }

  /// While one program has the device, whatever it does with it, all others are told who, and `--wait` waits.
  @Test func aDeviceHasOneProgramAtATime() async throws {
    let devices = try DeviceWorld()
    let world = devices.world
    try world.write("phone/film", String(repeating: "0123456789abcdef", count: 400_000))
    try world.write("from/a.txt")
    // The first program cannot end before somebody reads all that it writes.
    let script = #"""
      mkfifo pipe
      "$filesync" cat mtp:/film > pipe & first=$!
      exec 3< pipe
      head -c 1 <&3 > copy
      for command in "ls mtp:" "sync from mtp: --yes" "sync mtp: to --yes" "doctor mtp: --no-probe" "df mtp:"; do
        "$filesync" $command > output 2> errors
        echo "$command: $?"
        grep -c "in use by filesync (process $first, since 20" errors
      done
      "$filesync" devices > devices && grep -c "in use by filesync (process $first" devices
      "$filesync" doctor > doctor && grep -c "in use by filesync (process $first" doctor
      "$filesync" ls mtp: --wait 60 > listing 2> waiting & second=$!
      until grep -q "^Waiting for it" waiting; do kill -0 $second || exit 12; done
      cat <&3 >> copy
      wait $first && wait $second && cat listing && cmp copy phone/film
      """#
    let ended = try await devices.bash(script, on: DeviceWorld.Device(profile: "android"))
    #expect(ended.status == .exited(0), "\(ended.errors)")
    #expect(
      ended.output == """
        ls mtp:: 2
        1
        sync from mtp: --yes: 2
        1
        sync mtp: to --yes: 2
        1
        doctor mtp: --no-probe: 2
        1
        df mtp:: 2
        1
        1
        1
        film

        """,
      "\(ended.errors)"
    )
    #expect(world.names("phone") == ["film"] && world.names("to").isEmpty)
  }
}
