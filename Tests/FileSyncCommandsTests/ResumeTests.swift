import Foundation
import Subprocess
import Testing

/// Large files that are cut off on their way from and to a device go on where they were: within a run, and in the next.
@Suite(.serialized, .fewAtOnce) struct ResumeTests {
  private static let size = 40 << 20
  /// Sends a file, by which it shows that the device keeps no dates.
  private static let learning = #"""
    mkdir first
    echo first > first/file
    touch -d @1500000000 first/file
    "$filesync" sync first mtp:/First --yes > learning || exit

    """#
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  /// A device with these faults.
  private func device(_ profile: String, _ faults: String...) -> DeviceWorld.Device {
    DeviceWorld.Device(profile: profile, options: faults.flatMap { ["--fault", $0] })
  }

  /// A file that is the same at no two places.
  private func film(_ path: String) async throws -> [String: DeviceWorld.File] {
    let script = #"mkdir -p phone from "${1%/*}" && head -c "$2" /dev/urandom > "$1" && touch -d @1500000000 "$1""#
    let made = try await world.bash(script, path, "\(Self.size)")
    try #require(made.status == .exited(0), "\(made.errors)")
    return try world.files(path.split(separator: "/").dropLast().joined(separator: "/"))
  }

  private func resumed(_ ending: DeviceWorld.Ending) -> Int? { ending.lines("resuming").last?["bytes"] as? Int }

  @Test func aDownloadGoesOnWhenTheCableIsPutInAgain() async throws {
    let film = try await film("phone/DCIM/film.mp4")
    let fault = "reconnect@GetPartialObject64#3+1000000"
    let run = try await world.filesync("sync", "mtp:/DCIM", "to", "--yes", "--json", on: device("android", fault))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(try #require(resumed(run)) > 4 << 20)
    #expect(try world.files("to") == film)
  }

  @Test func aDownloadThatWasKilledGoesOnInTheNextRun() async throws {
    let film = try await film("phone/DCIM/film.mp4")
    let script = #"""
      "$filesync" sync mtp:/DCIM to --yes --json > first
      stat -c %s to/.filesync-*.part > part
      exec "$filesync" sync mtp:/DCIM to --yes --json
      """#
    let next = try await world.bash(script, on: device("android", "kill@GetPartialObject64#3"))
    #expect(next.status == .exited(0), "\(next.errors)")
    let part = try #require(world.world.read("part").flatMap { Int($0.dropLast()) })
    #expect(part > 0 && resumed(next) == part)
    #expect(next.lines("plan").first?["bytes"] as? Int == Self.size - part)
    #expect(try world.files("to") == film)
  }

  /// What it has sent itself it does not compare whole, as it does what it finds.
  @Test func aMoveGoesOn() async throws {
    let film = try await film("phone/DCIM/film.mp4")
    let script = #"""
      mkdir to
      "$filesync" mv mtp:/DCIM/film.mp4 to --yes --json > first
      stat -c %s to/.filesync-*.part > part
      exec "$filesync" mv mtp:/DCIM/film.mp4 to --yes --json
      """#
    let next = try await world.bash(script, on: device("android", "kill@GetPartialObject64#3"))
    #expect(next.status == .exited(0), "\(next.errors)")
    let part = try #require(world.world.read("part").flatMap { Int($0.dropLast()) })
    #expect(part > 0 && resumed(next) == part)
    #expect(try world.files("to") == film)
    #expect(world.world.names("phone/DCIM").isEmpty)
  }

  /// Its date is the journal's anyway, so that nothing is lost by writing behind the part that is there.
  @Test(arguments: [("kill@SendPartialObject#3", false), ("reconnect@SendPartialObject#3+1000000", true)])
  func anUploadToAnOlderAndroidGoesOn(_ fault: String, _ endsInOneRun: Bool) async throws {
    let film = try await film("from/film.mp4")
    let script =
      Self.learning + #"""
        "$filesync" sync from mtp:/Films --yes --json
        if [ "$1" = false ]; then
          stat -c %s phone/Films/film.mp4 > part
          "$filesync" sync from mtp:/Films --yes --json || exit
        fi
        "$filesync" sync mtp:/Films back --yes >> learning
        """#
    let run = try await world.bash(script, "\(endsInOneRun)", on: device("android-legacy", fault))
    #expect(run.status == .exited(0), "\(run.errors)")
    let offset = try #require(resumed(run))
    #expect(offset > 4 << 20 && offset < Self.size)
    if !endsInOneRun { #expect(world.world.read("part") == "\(offset)\n") }
    #expect(run.dates == ["manifest": 1])
    #expect(try world.files("phone/Films").mapValues(\.bytes) == film.mapValues(\.bytes))
    #expect(try world.files("back") == film)
  }

  @Test func anOlderAndroidThatTakesNoPartsGetsTheFileWhole() async throws {
    let film = try await film("from/film.mp4")
    let script =
      Self.learning + #"""
        "$filesync" sync from mtp:/Films --yes --json
        """#
    let device = device("android-legacy", "respond=2005@SendPartialObject#1")
    let run = try await world.bash(script, on: device)
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(try world.files("phone/Films").mapValues(\.bytes) == film.mapValues(\.bytes))
  }

  /// Where writing to a part would cost the date, the file is sent anew.
  @Test func anUploadThatKeepsItsDateIsSentWhole() async throws {
    let film = try await film("from/film.mp4")
    let fault = "reconnect@SendObject#1+20000000"
    let run = try await world.filesync("sync", "from", "mtp:/Films", "--yes", "--json", on: device("android", fault))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(resumed(run) == nil && run.dates == ["verified": 1])
    #expect(try world.files("phone/Films") == film)
  }
}
