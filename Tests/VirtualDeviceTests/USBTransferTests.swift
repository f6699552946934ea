import CLibMTP
import Foundation
import Testing
import VirtualDevice

/// How transfers end: time-outs, cancels, halts, a pulled cable.
@Suite struct USBTransferTests {
  @Test func timeoutCountsWhatTheDeviceTook() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port, ownContext: true)
    let write = try AsyncTransfer(host, endpoint: 0x02, sending: pattern(10_000), timeout: 1)
    #expect(try port.readOut(atMost: 1500) == Array(pattern(10_000)[..<1500]))
    write.wait()
    #expect(write.status == LIBUSB_TRANSFER_TIMED_OUT)
    #expect(write.count == 1536, "a device takes whole packets")
    // The device goes on exactly where the host does.
    let rest = Background { try port.readOut(atMost: 36) + port.readOut(atMost: 1 << 16) }
    #expect(host.write(Array(pattern(10_000)[1536...])).error == nil)
    #expect(try rest.value == Array(pattern(10_000)[1500...]))
  }

  @Test func deviceThatReadsNothingTakesNothing() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let answer = host.write(pattern(512), timeout: 30)
    #expect(answer.error == .timeout)
    #expect(answer.count == 0)
    #expect(port.statistics.bytesOut == 0)
    #expect(port.statistics.transfersCancelled == 1)
  }

  @Test func timeoutOfAReadLosesNothing() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    #expect(host.read(512, timeout: 30).error == .timeout)
    let device = Background { try port.writeIn(pattern(600)) }
    #expect(host.read(1024).bytes == pattern(600))
    try device.value
  }

  @Test func transfersOfOneEndpointEndInTheirOrder() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let transfers = try (0..<4).map { _ in try AsyncTransfer(host, endpoint: 0x81, room: 4096) }
    let device = Background {
      try port.writeIn(pattern(4096 * 3))
      try port.writeIn([1])
    }
    for (index, transfer) in transfers.enumerated() {
      transfer.wait()
      #expect(transfer.status == LIBUSB_TRANSFER_COMPLETED)
      let part = index < 3 ? Array(pattern(4096 * 3)[index * 4096..<(index + 1) * 4096]) : [1]
      #expect(transfer.bytes == part)
    }
    try device.value
  }

  @Test func cancelKeepsWhatCame() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let transfer = try AsyncTransfer(host, endpoint: 0x81, room: 4096)
    try port.writeIn(pattern(1024))
    #expect(transfer.cancel() == nil)
    transfer.wait()
    #expect(transfer.status == LIBUSB_TRANSFER_CANCELLED)
    #expect(transfer.bytes == pattern(1024))
    #expect(transfer.cancel() == .notFound, "it has ended")
  }

  @Test func haltLastsUntilItIsCleared() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    let transfer = try AsyncTransfer(host, endpoint: 0x81, room: 512)
    port.stall(0x81)
    transfer.wait()
    #expect(transfer.status == LIBUSB_TRANSFER_STALL)
    #expect(host.read(512).error == .pipe)
    #expect(throws: USBPortError.stalled) { try port.writeIn([1]) }
    #expect(host.control(0x82, 0, length: 2).error == nil)
    #expect(host.clearHalt(0x81) == nil)
    try port.waitUntilCleared(0x81)
    let device = Background { try port.writeIn([1]) }
    #expect(host.read(512).bytes == [1])
    try device.value
    #expect(port.statistics.haltsCleared == 1)
  }

  @Test func unplugEndsEverything() throws {
    let port = try attachDevice()
    let host = try USBHost(port)
    let reading = Background { host.read(4096) }
    try port.writeIn(pattern(512))
    let device = Background { try port.readOut(atMost: 1) }
    port.unplug()
    let answer = try reading.value
    #expect(answer.error == .noDevice)
    #expect(answer.bytes == pattern(512), "what came before is kept")
    #expect(throws: USBPortError.unplugged) { try device.value }
    #expect(throws: USBPortError.unplugged) { try port.writeIn([1]) }
    #expect(throws: USBPortError.unplugged) { try port.sendEvent([1]) }
    #expect(host.read(512).error == .noDevice)
    #expect(host.control(0xA1, 0x67, length: 4).error == .noDevice)
    #expect(host.clearHalt(0x81) == .noDevice)
    #expect(throws: USBFailure.notFound) { try USBHost(port) }
  }

  @Test func usbfsHasLimitedMemory() throws {
    let port = try attachDevice()
    defer { port.unplug() }
    let host = try USBHost(port)
    #expect(host.write([UInt8](repeating: 0, count: 1 << 24), timeout: 1).error == .noMemory)
  }

  @Test func devicesWorkSideBySide() throws {
    let ports = try (0..<4).map { _ in try attachDevice() }
    defer { for port in ports { port.unplug() } }
    let echoes = ports.map { port in
      Background {
        for _ in 0..<50 { try port.writeIn(port.readOut(atMost: 65_536)) }
      }
    }
    let programs = ports.enumerated().map { index, port in
      Background {
        let host = try USBHost(port)
        for round in 0..<50 {
          let bytes = pattern(round * 997 % 5000 * 2 + 1 + index)
          host.write(bytes)
          if bytes.count % 512 == 0 { host.write([]) }
          guard host.read(65_536, timeout: 60_000).bytes == bytes else { return round }
        }
        return 50
      }
    }
    for program in programs { #expect(try program.value == 50) }
    for echo in echoes { try echo.value }
  }
}

/// A transfer of the host that nobody waits for yet.
@safe final class AsyncTransfer {
  private let host: USBHost
  private let buffer: UnsafeMutableBufferPointer<UInt8>
  private let ended: UnsafeMutablePointer<Int32>
  private let transfer: UnsafeMutablePointer<libusb_transfer>

  /// Sends `bytes` or asks for `room` bytes, as the endpoint has it. The time-out is in milliseconds; 0 for none.
  init(_ host: USBHost, endpoint: UInt8, sending bytes: [UInt8] = [], room: Int = 0, timeout: UInt32 = 0) throws {
    guard let transfer = unsafe libusb_alloc_transfer(0) else { throw USBFailure.noMemory }
    self.host = host
    unsafe self.transfer = unsafe transfer
    unsafe buffer = .allocate(capacity: max(bytes.count, room))
    _ = unsafe buffer.initialize(from: bytes)
    unsafe ended = .allocate(capacity: 1)
    unsafe ended.initialize(to: 0)
    unsafe libusb_fill_bulk_transfer(
      transfer,
      host.handle,
      endpoint,
      buffer.baseAddress,
      Int32(buffer.count),
      { unsafe $0?.pointee.user_data.assumingMemoryBound(to: Int32.self).pointee = 1 },
      ended,
      timeout
    )
    if let failure = USBFailure(ifNot: unsafe libusb_submit_transfer(transfer)) { throw failure }
  }

  deinit {
    unsafe libusb_free_transfer(transfer)
    unsafe buffer.deallocate()
    unsafe ended.deallocate()
  }

  var status: libusb_transfer_status { unsafe transfer.pointee.status }
  var count: Int { unsafe Int(transfer.pointee.actual_length) }
  var bytes: [UInt8] { unsafe Array(buffer.prefix(count)) }

  func cancel() -> USBFailure? { USBFailure(ifNot: unsafe libusb_cancel_transfer(transfer)) }

  /// Handles events until it has ended.
  func wait() {
    while unsafe ended.pointee == 0 { _ = unsafe libusb_handle_events_completed(host.context, ended) }
  }
}
