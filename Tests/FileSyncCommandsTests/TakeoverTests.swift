import Foundation
import MTPStorage
import Testing

@testable import FileSyncCommands

/// Programs that stand for the desktop's. Kept as files: one that a test has just written can be "busy" for a child that
/// another test starts meanwhile.
let desktopPrograms = (#filePath as NSString).deletingLastPathComponent + "/Programs"

/// With a `gio` of our own in the `PATH`, which notes what it is told and lists what a file says.
@Suite(.fewAtOnce) struct TakeoverTests {
  private let world: World
  private let environment: [String: String]
  private let busy = USBDevice.fake(state: .busy(holders: [Holder(pid: 7, name: "gvfsd-mtp")]))

  init() throws {
    world = try World()
    environment = ["PATH": desktopPrograms + "/noting:/usr/bin:/bin", "WORLD": world.folder]
    try world.write(
      "mounts",
      """
      Drive(0): Disk
      Volume(0): Pixel 7
        Type: GProxyVolume (GProxyVolumeMonitorMTP)
        Mount(0): Pixel 7 -> mtp://Google_Pixel_7_2B1111/
          Type: GProxyShadowMount (GProxyVolumeMonitorMTP)
      Mount(1): Galaxy -> mtp://SAMSUNG_Galaxy_RZ8/
      Mount(2): Pixel 7 -> mtp://Google_Pixel_7_2B1111/
        Type: GDaemonMount
      Mount(3): server -> sftp://server/2B1111/
      """
    )
  }

  private var told: [String] {
    (world.read("told") ?? "").split(separator: "\n").map(String.init).filter { $0 != "mount -l" }
  }

  @Test func onlyThisDeviceIsUnmountedAndMountedAgain() async throws {
    world.bus.plug(busy)
    world.bus.after(0.3) { $0.plug(.fake()) }
    let session = try await DeviceSession.open(.only, wait: 0, world.context(environment: environment)) { _ in }
    #expect(told == ["mount -u mtp://Google_Pixel_7_2B1111/"])
    await session.end { _ in }
    #expect(told == ["mount -u mtp://Google_Pixel_7_2B1111/", "mount mtp://Google_Pixel_7_2B1111/"])
    #expect(world.bus.closed == 1)
  }

  @Test func itIsMountedAgainAfterAnError() async throws {
    world.bus.plug(busy)
    world.bus.after(0.3) { bus in
      bus.plug(.fake())
      bus.lock(true)
    }
    await #expect(throws: Failure.self) {
      try await DeviceSession.open(.only, wait: 0, world.context(environment: environment)) { _ in }
    }
    #expect(told.last == "mount mtp://Google_Pixel_7_2B1111/")
  }

  @Test func itIsMountedAgainAfterAnInterruption() async throws {
    world.bus.plug(busy)
    world.bus.after(0.3) { bus in
      bus.plug(.fake())
      bus.lock(true)
    }
    world.bus.after(4) { _ in world.interrupt.raise(.interrupt) }
    let failure = await #expect(throws: Failure.self) {
      try await DeviceSession.open(.only, wait: 60, world.context(environment: environment)) { _ in }
    }
    #expect(failure?.status == .interrupted)
    #expect(told.last == "mount mtp://Google_Pixel_7_2B1111/")
  }

  @Test func aSecondInterruptionBeginsToMountAndEndsTheProgram() async throws {
    world.bus.plug(busy)
    world.bus.after(0.3) { $0.plug(.fake()) }
    let session = try await DeviceSession.open(.only, wait: 0, world.context(environment: environment)) { _ in }
    world.interrupt.raise(.interrupt)
    #expect(world.exits.statuses.isEmpty)
    world.interrupt.raise(.interrupt)
    #expect(world.exits.statuses == [.interrupted])
    await session.end { _ in }
    // Begun at once by the interruption, and waited for by the orderly end.
    #expect(told.last == "mount mtp://Google_Pixel_7_2B1111/")
  }

  @Test func aDeviceThatStaysHeldIsNotReady() async throws {
    try world.write("stubborn")
    world.bus.plug(busy)
    let failure = await #expect(throws: Failure.self) {
      try await DeviceSession.open(.only, wait: 0, world.context(environment: environment)) { _ in }
    }
    #expect(failure?.status == .notReady && failure?.text.contains("gvfsd-mtp (process 7)") == true)
    #expect(told == ["mount -u mtp://Google_Pixel_7_2B1111/"])
  }

  @Test func aDesktopThatDoesNotAnswerIsLeft() async throws {
    let context = world.context(environment: ["PATH": desktopPrograms + "/stuck:/usr/bin:/bin"])
    let takeover = Takeover(context, mounts: GioMounts(environment: context.environment, limit: 0.1))
    let said = Collected()
    #expect(try await takeover.take(busy) { said.append($0) } == nil)
    #expect(said.text == "The desktop (gvfs) does not answer, so Google Pixel 7 cannot be taken from it.")
  }

  @Test func withoutGioTheHolderIsNamed() async throws {
    world.bus.plug(busy)
    let failure = await #expect(throws: Failure.self) {
      let context = world.context(environment: ["PATH": world.folder + "/nothing"])
      return try await DeviceSession.open(.only, wait: 0, context) { _ in }
    }
    #expect(failure?.status == .notReady && failure?.text.contains("gvfsd-mtp (process 7)") == true)
  }
}
