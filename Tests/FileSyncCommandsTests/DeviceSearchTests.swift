import MTPStorage
import Storage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct DeviceSearchTests {
  private let world: World
  private let told = Collected()

  init() throws { world = try World() }

  private func open(_ selector: DeviceSelector = .only, wait: Double = 0) async throws(Failure) -> DeviceSession {
    let told = told
    return try await DeviceSession.open(selector, wait: wait, world.context()) { told.append($0 + "\n") }
  }

  private func failure(_ selector: DeviceSelector = .only, wait: Double = 0) async -> Failure? {
    await #expect(throws: Failure.self) { try await open(selector, wait: wait) }
  }

  @Test func opensAndGivesBack() async throws {
    world.bus.plug(.fake())
    let session = try await open()
    #expect(session.stores.count == 1)
    await session.end { _ in }
    #expect((world.bus.opened, world.bus.closed) == (1, 1))
  }

  @Test func doesNotWaitUnlessAsked() async {
    #expect(await failure()?.status == .notReady)
    #expect(world.bus.time == 0)
  }

  @Test func waitsForADeviceThatIsAbsent() async throws {
    world.bus.after(5) { $0.plug(.fake()) }
    #expect(try await open(wait: 60).usb.serial == "2B1111")
    #expect(told.text.contains("No MTP device is connected"))
  }

  @Test func waitsForADeviceThatFitsAPattern() async throws {
    world.bus.plug(.fake("Galaxy", serial: "RZ8", address: 6))
    world.bus.after(5) { $0.plug(.fake("Galaxy", serial: "RZ8", address: 6), .fake()) }
    #expect(try await open(DeviceSelector(typed: "Pixel*"), wait: 60).usb.serial == "2B1111")
    #expect(told.text.contains("No connected device fits \u{201C}Pixel*\u{201D}"), "\(told.text)")
  }

  @Test func tellsOnceWhatItWaitsFor() async {
    #expect(await failure(wait: 10)?.status == .notReady)
    #expect(told.text.split(separator: "\n").count { $0.contains("No MTP device") } == 1)
    #expect(world.bus.time == 10)
  }

  @Test func aLockedPhoneIsClosedAgain() async {
    world.bus.plug(.fake())
    world.bus.lock(true)
    let failure = await failure()
    #expect(failure?.status == .notReady && failure?.text.contains("Unlock") == true)
    #expect((world.bus.opened, world.bus.closed) == (1, 1))
  }

  @Test func aLockedPhoneStaysOpenWhileItIsWaitedFor() async throws {
    world.bus.plug(.fake())
    world.bus.lock(true)
    world.bus.after(7) { $0.lock(false) }
    _ = try await open(wait: 60)
    #expect(world.bus.opened == 1)
  }

  @Test func followsTheSerialNumberThroughUnlocking() async throws {
    // Named by an address that it loses: unlocking plugs it in again, beside another phone.
    world.bus.plug(.fake(address: 5))
    world.bus.lock(true)
    world.bus.after(3) { $0.plug() }
    world.bus.after(6) { bus in
      bus.plug(.fake("Pixel 7 MTP", address: 9), .fake("Galaxy", serial: "RZ8", address: 5))
      bus.lock(false)
    }
    let session = try await open(.address(bus: 1, address: 5), wait: 60)
    #expect(session.usb.serial == "2B1111" && session.usb.address == 9)
  }

  @Test func waitsForRightsAndForOtherPrograms() async throws {
    world.bus.plug(.fake(state: .busy(holders: [Holder(pid: 42, name: "mtp-detect")])))
    world.bus.after(2) { $0.plug(.fake(state: .forbidden(node: "/dev/bus/usb/001/005"))) }
    world.bus.after(4) { $0.plug(.fake(state: .chargingOnly)) }
    world.bus.after(6) { $0.plug(.fake()) }
    _ = try await open(wait: 60)
    #expect(told.text.contains("mtp-detect (process 42)") && told.text.contains("/dev/bus/usb/001/005"))
    #expect(world.bus.opened == 1)
  }

  @Test func anInterruptionEndsTheWaiting() async {
    world.bus.after(3) { _ in world.interrupt.raise(.terminate) }
    #expect(await failure(wait: 60)?.status == .terminated)
    #expect(world.bus.time == 3)
  }

  @Test func twoDevicesAreNotWaitedFor() async {
    world.bus.plug(.fake(), .fake("Galaxy", serial: "RZ8", address: 6))
    #expect(await failure(wait: 60)?.status == .usage)
    #expect(world.bus.time == 0)
  }
}
