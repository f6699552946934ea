import CLibMTP
import CUSBStandIn
import Testing

@testable import VirtualDevice

/// How bytes travel: packets, short ones, empty ones, ones that do not fit.
@Suite struct USBPacketTests {
  @Test(arguments: USBDescription.Speed.allCases)
  func shortPacketEndsAReadOfTheHost(_ speed: USBDescription.Speed) throws {
    let port = try attachDevice(speed)
    defer { port.unplug() }
    let host = try USBHost(port)
    let count = 3 * speed.packetSize + 5
    let device = Background { try port.writeIn(pattern(count)) }
    let answer = host.read(1 << 16)
    #expect(answer.error == nil)
    #expect(answer.bytes == pattern(count))
    try device.value
  }

  @Test func fullPacketsAloneDoNotEndAReadOfTheHost() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background {
      try port.writeIn(pattern(1024))
      try port.writeIn(pattern(512))
      try port.writeIn([1, 2, 3])
    }
    #expect(host.read(1 << 16).bytes == pattern(1024) + pattern(512) + [1, 2, 3])
    try device.value
  }

  @Test func zeroLengthPacketEndsAReadOfTheHost() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background {
      try port.writeIn(pattern(1024))
      try port.writeIn([])
      try port.writeIn([])
    }
    #expect(host.read(4096).bytes == pattern(1024))
    let empty = host.read(4096)
    #expect(empty.error == nil && empty.bytes.isEmpty)
    try device.value
  }

  @Test func missingZeroLengthPacketLeavesTheHostWaiting() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port, ownContext: true)
    let read = try AsyncTransfer(host, endpoint: 0x81, room: 4096, timeout: 1)
    try port.writeIn(pattern(1024))
    read.wait()
    #expect(read.status == LIBUSB_TRANSFER_TIMED_OUT)
    #expect(read.bytes == pattern(1024))
  }

  @Test func readOfTheHostThatIsFullTakesNoMore() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background { try port.writeIn(pattern(1500)) }
    #expect(host.read(512).bytes == Array(pattern(1500)[..<512]))
    #expect(host.read(512).bytes == Array(pattern(1500)[512..<1024]))
    #expect(host.read(512).bytes == Array(pattern(1500)[1024...]))
    try device.value
  }

  @Test func packetThatDoesNotFitOverflows() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background {
      try port.writeIn(pattern(1024))
      try port.writeIn([7])
    }
    let answer = host.read(700)
    #expect(answer.error == .overflow)
    #expect(answer.bytes == Array(pattern(1024)[..<512]))
    #expect(host.read(512).bytes == [7], "the packet that did not fit is lost")
    try device.value
  }

  @Test func shortPacketEndsAReadOfTheDevice() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background { [try port.readOut(atMost: 8192), try port.readOut(atMost: 8192)] }
    #expect(host.write(pattern(1024)).count == 1024)
    #expect(host.write(pattern(100)).count == 100)
    #expect(host.write([]).error == nil, "a zero-length packet")
    #expect(try device.value == [pattern(1024) + pattern(100), []])
  }

  @Test func readOfTheDeviceKeepsTheRestOfAPacket() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background { try [300, 100, 8192, 8192].map { try port.readOut(atMost: $0) } }
    #expect(host.write(pattern(600)).count == 600)
    #expect(host.write([9]).count == 1)
    let bytes = pattern(600)
    #expect(try device.value == [Array(bytes[..<300]), Array(bytes[300..<400]), Array(bytes[400...]), [9]])
  }

  @Test(arguments: [0, 1, 511, 512, 513, 1023, 1024, 1025, 65_536, 1_048_576, 1_048_577, 5_000_000])
  func everySizeArrivesWhole(_ count: Int) throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let device = Background {
      let bytes = try port.readOut(atMost: count + 1)
      try port.writeIn(bytes)
      if count > 0 && count % 512 == 0 { try port.writeIn([]) }
      return bytes
    }
    let bytes = pattern(count)
    host.write(bytes)
    if count > 0 && count % 512 == 0 { host.write([]) }
    #expect(host.read((count / 512 + 1) * 512).bytes == bytes)
    #expect(try device.value == bytes)
    #expect(port.statistics.bytesIn == UInt64(count))
    #expect(port.statistics.bytesOut == UInt64(count))
  }

  @Test func stepsOfAWrite() {
    func step(_ room: Int, _ rest: Int) -> InStep { InStep(room: room, rest: rest, packetSize: 512) }
    #expect(step(1024, 100).count == 100 && step(1024, 100).ending == VIRTUAL_USB_COMPLETED)
    #expect(step(1024, 512).count == 512 && step(1024, 512).ending == nil)
    #expect(step(1024, 4096).count == 1024 && step(1024, 4096).ending == VIRTUAL_USB_COMPLETED)
    #expect(step(700, 4096).lost == 512 && step(700, 4096).ending == VIRTUAL_USB_OVERFLOWED)
    #expect(step(0, 0).endsWrite && step(0, 1).ending == VIRTUAL_USB_OVERFLOWED)
    #expect(step(10, 100).lost == 100)
    #expect(step(1 << 24, 1 << 24).count == 1 << 20)
  }
}
