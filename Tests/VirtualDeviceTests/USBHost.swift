import CLibMTP
import Foundation
import Testing
import VirtualDevice

/// A program's end of the cable: one open handle, through libusb's functions, which the linked stand-in provides.
@safe final class USBHost: Sendable {
  /// One context for all tests, as a program with several devices has it.
  // Unsafe because it is a pointer; libusb's contexts may be used from every thread.
  nonisolated(unsafe) static let context: OpaquePointer? = {
    _ = VirtualBus.ofThisProcess
    var context: OpaquePointer?
    return unsafe libusb_init(&context) == 0 ? unsafe context : nil
  }()

  // Unsafe because they are pointers; libusb's handles and contexts may be used from every thread.
  nonisolated(unsafe) let handle: OpaquePointer
  nonisolated(unsafe) let context: OpaquePointer?
  let port: USBPort
  private let ownsContext: Bool

  /// Opens the device and claims its interface. In a context of its own, only the test itself handles events, so that
  /// no time-out is noticed before it does.
  init(_ port: USBPort, claim: Bool = true, ownContext: Bool = false) throws {
    self.port = port
    ownsContext = ownContext
    var context = unsafe Self.context
    if ownContext { _ = unsafe libusb_init(&context) }
    unsafe self.context = unsafe context
    var handle: OpaquePointer?
    let status = try Self.withDevice(port, context) { unsafe libusb_open($0.pointer, &handle) }
    guard status == 0, let handle = unsafe handle else { throw USBFailure(status) }
    unsafe self.handle = unsafe handle
    if claim {
      let status = unsafe libusb_claim_interface(handle, 0)
      if status != 0 { throw USBFailure(status) }
    }
  }

  deinit {
    unsafe libusb_close(handle)
    if ownsContext { unsafe libusb_exit(context) }
  }

  /// A device in libusb's list.
  @safe struct Listed { let pointer: OpaquePointer }

  /// Finds the port's device in libusb's list.
  @safe static func withDevice<Result>(
    _ port: USBPort,
    _ context: OpaquePointer? = unsafe USBHost.context,
    _ body: (Listed) throws -> Result
  ) throws -> Result {
    var list: UnsafeMutablePointer<OpaquePointer?>?
    let count = unsafe libusb_get_device_list(context, &list)
    defer { unsafe libusb_free_device_list(list, 1) }
    for index in 0..<max(count, 0) {
      guard let device = unsafe list?[index] else { continue }
      if unsafe libusb_get_bus_number(device) == port.busNumber
        && libusb_get_device_address(device) == port.address
      {
        return try body(unsafe Listed(pointer: device))
      }
    }
    throw USBFailure(LIBUSB_ERROR_NOT_FOUND.rawValue)
  }

  /// Sends `bytes`. Returns how many the device took.
  @discardableResult
  func write(_ bytes: [UInt8], timeout: UInt32 = 0) -> (error: USBFailure?, count: Int) {
    var bytes = bytes
    var moved: Int32 = 0
    let status = unsafe libusb_bulk_transfer(
      handle,
      port.description.bulkOut,
      &bytes,
      Int32(bytes.count),
      &moved,
      timeout
    )
    return (USBFailure(ifNot: status), Int(moved))
  }

  /// Asks for `length` bytes. Returns what came.
  func read(_ length: Int, timeout: UInt32 = 0, endpoint: UInt8? = nil) -> (error: USBFailure?, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0xEE, count: length)
    var moved: Int32 = 0
    let address = endpoint ?? port.description.bulkIn
    let status = unsafe libusb_bulk_transfer(handle, address, &bytes, Int32(length), &moved, timeout)
    return (USBFailure(ifNot: status), Array(bytes.prefix(Int(moved))))
  }

  /// Waits for an event.
  func readEvent(timeout: UInt32 = 0) -> (error: USBFailure?, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: 64)
    var moved: Int32 = 0
    let status = unsafe libusb_interrupt_transfer(handle, port.description.interruptIn, &bytes, 64, &moved, timeout)
    return (USBFailure(ifNot: status), Array(bytes.prefix(Int(moved))))
  }

  /// A request on endpoint 0 that asks for `length` bytes.
  func control(
    _ type: UInt8,
    _ request: UInt8,
    value: UInt16 = 0,
    length: Int = 0,
    timeout: UInt32 = 0
  ) -> (error: USBFailure?, bytes: [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: length)
    let status = unsafe libusb_control_transfer(
      handle,
      type,
      request,
      value,
      0,
      &bytes,
      UInt16(length),
      timeout
    )
    return status < 0 ? (USBFailure(status), []) : (nil, Array(bytes.prefix(Int(status))))
  }

  func clearHalt(_ endpoint: UInt8) -> USBFailure? { USBFailure(ifNot: unsafe libusb_clear_halt(handle, endpoint)) }
  func reset() -> USBFailure? { USBFailure(ifNot: unsafe libusb_reset_device(handle)) }
}

/// An error code of libusb.
struct USBFailure: Error, Equatable, CustomStringConvertible {
  let code: Int32

  init(_ code: Int32) { self.code = code }
  init?(ifNot code: Int32) {
    if code == 0 { return nil }
    self.code = code
  }

  static let accessDenied = USBFailure(LIBUSB_ERROR_ACCESS.rawValue)
  static let busy = USBFailure(LIBUSB_ERROR_BUSY.rawValue)
  static let io = USBFailure(LIBUSB_ERROR_IO.rawValue)
  static let noDevice = USBFailure(LIBUSB_ERROR_NO_DEVICE.rawValue)
  static let noMemory = USBFailure(LIBUSB_ERROR_NO_MEM.rawValue)
  static let notFound = USBFailure(LIBUSB_ERROR_NOT_FOUND.rawValue)
  static let overflow = USBFailure(LIBUSB_ERROR_OVERFLOW.rawValue)
  static let pipe = USBFailure(LIBUSB_ERROR_PIPE.rawValue)
  static let timeout = USBFailure(LIBUSB_ERROR_TIMEOUT.rawValue)

  var description: String { unsafe String(cString: libusb_error_name(code)) }
}

/// Work on a thread of its own, since a device's end of the cable blocks.
final class Background<Value: Sendable>: Sendable {
  private let condition = NSCondition()
  // Unsafe because nothing checks that `condition` is held; it is, below.
  nonisolated(unsafe) private var result: Result<Value, any Error>?

  init(_ body: @escaping @Sendable () throws -> Value) {
    Thread {
      let result = Result(catching: body)
      self.condition.lock()
      unsafe self.result = result
      self.condition.broadcast()
      self.condition.unlock()
    }
    .start()
  }

  /// Blocks until the work is done.
  var value: Value {
    get throws {
      condition.lock()
      defer { condition.unlock() }
      while true {
        if let result = unsafe result { return try result.get() }
        condition.wait()
      }
    }
  }
}

/// Attaches a device of the tests' bus, with a serial number of its own.
func attachDevice(_ speed: USBDescription.Speed = .high) throws -> USBPort {
  try VirtualBus.ofThisProcess.get().attach(
    USBDescription(
      vendorID: 0x18D1,
      productID: 0x4EE1,
      manufacturer: "Acme",
      product: "Virtual",
      serial: UUID().uuidString,
      speed: speed
    )
  )
}

/// `count` bytes that differ from their neighbours and from packet to packet.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) } }
