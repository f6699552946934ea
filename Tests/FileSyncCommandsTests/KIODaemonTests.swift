import Foundation
import MTPStorage
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// With a `busctl` of our own in the `PATH`, on whose bus KDE's daemon is process 7.
@Suite(.fewAtOnce) struct KIODaemonTests {
  private static let silence =
    "The desktop (KDE) does not answer; it may be copying files. So Google Pixel 7 cannot be taken from it."

  private let world: World
  private let environment: [String: String]

  init() throws {
    world = try World()
    environment = ["PATH": desktopPrograms + "/noting:/usr/bin:/bin", "WORLD": world.folder]
    try world.write("mounts", "Drive(0): Disk\n")
    try world.write("kiod", "7\n")
    world.bus.plug(.held(by: 7))
  }

  private var told: [String] {
    (world.read("told") ?? "").split(separator: "\n").map(String.init).filter { $0 != "mount -l" }
  }

  private func open(say: @escaping @Sendable (String) -> Void = { _ in }) async throws -> DeviceSession {
    world.bus.after(0.3) { $0.plug(.fake()) }
    return try await DeviceSession.open(.only, wait: 0, world.context(environment: environment), say: say)
  }

  private func failureToOpen() async -> Failure? {
    await #expect(throws: Failure.self) {
      try await DeviceSession.open(.only, wait: 0, world.context(environment: environment)) { _ in }
    }
  }

  @Test func theDaemonQuitsForTheRunAndIsStartedAgain() async throws {
    let said = Collected()
    let session = try await open { said.append($0) }
    #expect(told == ["quit 7"])
    await session.end { said.append($0) }
    #expect(told == ["quit 7", "start"])
    #expect(said.text == "The desktop (KDE) had Google Pixel 7 open; it is released until the run ends.")
  }

  @Test func anotherHoldersDeviceIsLeftToIt() async throws {
    world.bus.plug(.held(by: 8))
    #expect(await failureToOpen()?.text.contains("kiod5 (process 8)") == true)
    #expect(told.isEmpty)
  }

  @Test func aDaemonThatWasStartedMeanwhileQuitsFirst() async throws {
    let session = try await open()
    try world.write("kiod", "12\n")
    await session.end { _ in }
    #expect(told == ["quit 7", "quit 12", "start"])
  }

  @Test func itIsStartedAgainAfterAnError() async throws {
    world.bus.lock(true)
    world.bus.after(0.3) { $0.plug(.fake()) }
    #expect(await failureToOpen()?.text.contains("Unlock it") == true)
    #expect(told == ["quit 7", "start"])
  }

  @Test(.timeLimit(.minutes(5))) func aSecondInterruptionBeginsToStartIt() async throws {
    let session = try await open()
    world.interrupt.raise(.interrupt)
    #expect(told == ["quit 7"])
    world.interrupt.raise(.interrupt)
    #expect(world.exits.statuses == [.interrupted])
    while told.last != "start" { try await Task.sleep(for: .milliseconds(10)) }
    await session.end { _ in }
  }

  @Test func aDaemonThatDoesNotQuitIsNamedAndLeftAlone() async throws {
    try world.write("stubborn")
    let failure = await failureToOpen()
    #expect(failure?.status == .notReady && failure?.text.contains("kill 7") == true)
    #expect(told == ["quit 7"])
  }

  @Test func aDaemonThatDoesNotComeBackIsReported() async throws {
    let session = try await open()
    try world.write("broken")
    let said = Collected()
    await session.end { said.append($0) }
    #expect(
      said.text == "The desktop (KDE) could not take the device back. Unplug it and plug it in again to see it there."
    )
  }

  @Test func aSessionThatDoesNotAnswerIsLeft() async throws {
    let context = world.context(environment: ["PATH": desktopPrograms + "/stuck:/usr/bin:/bin"])
    let daemon = KIODaemon(environment: context.environment, limit: 0.1, pause: context.pause)
    let mounts = GioMounts(environment: ["PATH": ""])
    let said = Collected()
    let takeover = Takeover(context, mounts: mounts, daemon: daemon)
    #expect(try await takeover.take(.held(by: 7)) { said.append($0) } == nil)
    #expect(said.text == Self.silence)
  }

  @Test func aDaemonThatCopiesIsNotAskedToQuit() async throws {
    try world.write("copying")
    let context = world.context(environment: environment)
    let daemon = KIODaemon(environment: environment, limit: 1, pause: context.pause)
    let said = Collected()
    let takeover = Takeover(context, daemon: daemon)
    #expect(try await takeover.take(.held(by: 7)) { said.append($0) } == nil)
    await takeover.giveBack { said.append($0) }
    #expect(said.text == Self.silence)
    #expect(told.isEmpty)
  }

  @Test func withoutBusctlTheHolderIsNamed() async throws {
    let failure = await #expect(throws: Failure.self) {
      let context = world.context(environment: ["PATH": world.folder + "/nothing"])
      return try await DeviceSession.open(.only, wait: 0, context) { _ in }
    }
    #expect(failure?.status == .notReady && failure?.text.contains("kill 7") == true)
  }

  /// KDE's own daemon, libmtp in it, and a virtual device that it really holds, in a session of their own.
  @Test(
    .enabled(if: hasKDE, "KDE's daemon (package kio-extras), busctl and dbus-run-session are needed"),
    .timeLimit(.minutes(5))
  )
  func theRealDaemonQuitsAndHasTheDeviceAgain() async throws {
    try world.write("phone/DCIM/IMG_1.jpg")
    try world.makeFolder("runtime")
    let arguments = [
      "--folder", world.folder + "/phone", "--serial", "2B1111", "--",
      "dbus-run-session", "--", desktopPrograms + "/kde/session", "\(builtProducts)/filesync",
    ]
    let result = try await Subprocess.run(
      .path(FilePath("\(builtProducts)/virtual-mtp")),
      arguments: Arguments(arguments),
      environment: .inherit.updating([
        "HOME": world.folder + "/home", "XDG_RUNTIME_DIR": world.folder + "/runtime", "XDG_CONFIG_HOME": nil,
        "SOLID_FAKEHW": desktopPrograms + "/kde/hardware.xml", "QT_QPA_PLATFORM": "offscreen",
      ]),
      workingDirectory: FilePath(world.folder),
      // The daemon keeps these open as long as it runs.
      output: .discarded,
      error: .discarded
    )
    #expect(result.terminationStatus == .exited(0))
    #expect(world.read("opened")?.contains("/modules/kmtpd/device0") == true, "KDE did not open the device")
    let before = try #require(daemon("before"))
    let after = try #require(daemon("after"))
    #expect(before != after)
    #expect(holders("held") == [before])
    #expect(world.read("status") == "0\n")
    #expect(world.read("listed") == "DCIM/\n")
    #expect(world.read("said") == "The desktop (KDE) had Google Pixel 7 open; it is released until the run ends.\n")
    #expect(holders("held-again") == [after])
  }

  /// The process id in busctl's answer, `u 4711`.
  private func daemon(_ file: String) -> Int32? {
    world.read(file)?.split(whereSeparator: \.isWhitespace).last.flatMap { Int32($0) }
  }

  /// The processes that hold the device, by the line of `filesync devices --json`.
  private func holders(_ file: String) -> [Int32] {
    let line = try? JSONSerialization.jsonObject(with: Data((world.read(file) ?? "").utf8)) as? [String: Any]
    return (line?["holders"] as? [[String: Any]] ?? []).compactMap { ($0["process"] as? NSNumber)?.int32Value }
  }
}

private let hasKDE: Bool = {
  let needed = [
    "/usr/share/dbus-1/services/org.kde.kmtpd5.service", "/usr/bin/busctl", "/usr/bin/dbus-run-session",
  ]
  return needed.allSatisfy(FileManager.default.fileExists)
}()

extension USBDevice {
  fileprivate static func held(by process: Int32) -> USBDevice {
    .fake(state: .busy(holders: [Holder(pid: process, name: "kiod5")]))
  }
}
