import CLibMTP
import Foundation
import Testing
import VirtualDevice

/// What a program sees of a device besides its data: the bus, its descriptors, claims, endpoint 0, events, resets.
@Suite struct USBDeviceTests {
  @Test(arguments: USBDescription.Speed.allCases)
  func descriptorsSayWhatIsAttached(_ speed: USBDescription.Speed) throws {
    let port = try attachDevice(speed)
    defer { port.unplug() }
    try USBHost.withDevice(port) { device in
      var descriptor = libusb_device_descriptor()
      #expect(unsafe libusb_get_device_descriptor(device.pointer, &descriptor) == 0)
      #expect(descriptor.idVendor == 0x18D1 && descriptor.idProduct == 0x4EE1)
      var config: UnsafeMutablePointer<libusb_config_descriptor>?
      #expect(unsafe libusb_get_active_config_descriptor(device.pointer, &config) == 0)
      defer { unsafe libusb_free_config_descriptor(config) }
      guard let setting = unsafe config?.pointee.interface?.pointee.altsetting?.pointee else {
        Issue.record("No interface")
        return
      }
      #expect(unsafe setting.bInterfaceClass == 6 && setting.bNumEndpoints == 3)
      let addresses = (0..<3).map { unsafe setting.endpoint[$0].bEndpointAddress }
      #expect(addresses == [0x81, 0x02, 0x83])
      for address in [UInt8(0x81), 0x02] {
        #expect(unsafe libusb_get_max_packet_size(device.pointer, address) == Int32(speed.packetSize))
      }
      #expect(unsafe libusb_get_max_packet_size(device.pointer, 0x85) == LIBUSB_ERROR_NOT_FOUND.rawValue)
    }
  }

  @Test func stringsAreRead() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let strings = (UInt8(1)...5).map { index in
      var text = [UInt8](repeating: 0, count: 256)
      let count = unsafe libusb_get_string_descriptor_ascii(host.handle, index, &text, 256)
      return count < 0 ? nil : String(decoding: text.prefix(Int(count)), as: UTF8.self)
    }
    #expect(strings == ["Acme", "Virtual", port.description.serial, "MTP", nil])
  }

  @Test func busDirectoryLooksLikeSys() throws {
    let bus = try VirtualBus.ofThisProcess.get()
    let port = try attachDevice()
    let devices = URL(filePath: bus.directory).appending(path: "sys/bus/usb/devices")
    func attribute(_ folder: String, _ name: String) -> String? {
      try? String(contentsOf: devices.appending(path: "\(folder)/\(name)"), encoding: .utf8)
    }
    let folders = try FileManager.default.contentsOfDirectory(atPath: devices.path)
    let name = try #require(folders.first { attribute($0, "serial") == "\(port.description.serial)\n" })
    #expect(attribute(name, "busnum") == "\(port.busNumber)\n")
    #expect(attribute(name, "devnum") == "\(port.address)\n")
    #expect(attribute(name, "idVendor") == "18d1\n")
    #expect(attribute("\(name):1.0", "interface") == "MTP\n")
    #expect(attribute("\(name):1.0", "bInterfaceClass") == "06\n")
    #expect(attribute("\(name):1.0", "ep_81/wMaxPacketSize") == "0200\n")
    let driver = devices.appending(path: "\(name):1.0/driver").path
    func holder() -> String? { try? FileManager.default.destinationOfSymbolicLink(atPath: driver) }
    let host = try USBHost(port, claim: false)
    #expect(holder() == nil)
    #expect(unsafe libusb_claim_interface(host.handle, 0) == 0)
    #expect(holder()?.hasSuffix("/usbfs") == true)
    #expect(unsafe libusb_release_interface(host.handle, 0) == 0)
    #expect(holder() == nil)
    port.unplug()
    #expect(attribute(name, "serial") != "\(port.description.serial)\n")
  }

  @Test func everyPlugGetsANewAddress() throws {
    let first = try attachDevice()
    first.unplug()
    let second = try attachDevice()
    defer { second.unplug() }
    #expect(first.address != second.address)
    #expect(throws: USBFailure.notFound) { try USBHost.withDevice(first) { _ in } }
    try USBHost.withDevice(second) { _ in }
  }

  @Test func onlyOneHandleClaims() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    var first: USBHost? = try USBHost(port)
    let second = try USBHost(port, claim: false)
    #expect(first != nil)
    #expect(unsafe libusb_claim_interface(second.handle, 0) == LIBUSB_ERROR_BUSY.rawValue)
    #expect(second.read(512, timeout: 1000).error == .io, "without a claim it cannot be used")
    first = nil
    #expect(unsafe libusb_claim_interface(second.handle, 0) == 0, "closing gives the claim back")
    #expect(unsafe libusb_claim_interface(second.handle, 1) == LIBUSB_ERROR_NOT_FOUND.rawValue)
  }

  @Test func forbiddenDeviceIsSeenAndNotOpened() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    try port.setAccessible(false)
    #expect(throws: USBFailure.accessDenied) { try USBHost(port) }
    try port.setAccessible(true)
    _ = try USBHost(port)
    port.waitUntilClosed()
    #expect(port.statistics.opens == 1 && port.statistics.closes == 1)
  }

  @Test func nodeIsHeldOpen() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let bus = try VirtualBus.ofThisProcess.get()
    let node = String(format: "%@/dev/bus/usb/%03d/%03d", bus.directory, Int(port.busNumber), Int(port.address))
    func isHeld() throws -> Bool {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").contains {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == node
      }
    }
    #expect(try !isHeld())
    let host = try USBHost(port, claim: false)
    #expect(try withExtendedLifetime(host) { try isHeld() })
  }

  @Test func functionAnswersClassRequests() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    #expect(host.control(0xA1, 0x67, length: 4).error == .pipe, "nobody answers")
    port.onControlRequest { request in
      switch request.request {
      case 0x67: .accept([4, 0, 1, 0x20, 99, 99])
      case 0x64:
        request.asksForData ? .stall : .accept()
      case 0x66: .silence
      default: .stall
      }
    }
    #expect(host.control(0xA1, 0x67, length: 4).bytes == [4, 0, 1, 0x20])
    #expect(host.control(0x21, 0x64, length: 6).error == nil)
    #expect(host.control(0x21, 0x65).error == .pipe)
    #expect(host.control(0x21, 0x66, timeout: 30).error == .timeout)
    #expect(port.statistics.controlRequests == [0x64: 1, 0x65: 1, 0x66: 1, 0x67: 2])
  }

  @Test func controlRequestCanInterruptTheFunction() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    port.onControlRequest { _ in
      port.interrupt()
      return .accept()
    }
    let device = Background { try port.readOut(atMost: 512) }
    #expect(host.control(0x21, 0x64).error == nil)
    #expect(throws: USBPortError.cancelled) { try device.value }
    port.interrupt()
    port.clearInterrupt()
    let again = Background { try port.readOut(atMost: 512) }
    host.write([5])
    #expect(try again.value == [5])
  }

  @Test func eventWaitsInOneSlot() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    #expect(host.readEvent(timeout: 20).error == .timeout)
    #expect(try port.offerEvent([1]))
    #expect(try !port.offerEvent([2]), "the first is still there")
    let blocked = Background { try port.sendEvent([3]) }
    #expect(host.readEvent().bytes == [1])
    #expect(host.readEvent().bytes == [3])
    try blocked.value
  }

  @Test func resetReachesTheFunction() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    port.stall(0x02)
    let device = Background { try port.writeIn([1]) }
    #expect(host.reset() == nil)
    #expect(throws: USBPortError.hostReset) { try device.value }
    #expect(!port.isStalled(0x02))
    #expect(port.statistics.resets == 1)
    let again = Background { try port.writeIn([2]) }
    #expect(host.read(512).bytes == [2], "the claim is still held")
    try again.value
  }

  @Test func errorsHaveNames() {
    #expect(USBFailure.noDevice.description == "LIBUSB_ERROR_NO_DEVICE")
    #expect(unsafe String(cString: libusb_get_version().pointee.describe) == "virtual USB bus")
  }
}
