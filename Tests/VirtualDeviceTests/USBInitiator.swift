import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// Speaks to a virtual device through libusb's functions, one transaction at a time, and shows the containers as they
/// come.
final class USBInitiator {
  let device: VirtualDevice
  private var openHost: USBHost?
  /// The number of the last transaction.
  private(set) var transaction: UInt32 = 0

  /// For what must come: no test waits that long.
  static let patience: UInt32 = 60_000

  /// Plugs a device in, opens it and a session on it.
  init(
    _ profile: Profile,
    _ folders: String...,
    faults: [Fault] = [],
    locked: Bool = false,
    product: UInt16? = nil,
    zone: String = "UTC",
    space: UInt64? = nil,
    isSlow: Bool = false
  ) throws {
    device = try VirtualDevice(
      VirtualDevice.Configuration(
        profile: profile,
        folders: folders,
        serial: UUID().uuidString,
        zone: try #require(TimeZone(identifier: zone)),
        faults: faults,
        isLocked: locked,
        productIDUnlocked: product,
        space: space,
        isSlow: isSlow
      ),
      on: VirtualBus.ofThisProcess.get()
    )
    try reopen()
  }

  deinit { device.unplug() }

  /// The open handle.
  var host: USBHost {
    get throws { try #require(openHost) }
  }

  /// Closes the handle, and opens the device that is there now.
  func reopen() throws {
    openHost = nil
    // A context of its own, as a process has it: all of one context's transfers share 16 MiB.
    openHost = try USBHost(device.port, ownContext: true)
  }

  /// What a transaction without data from the host brings.
  struct Answer {
    /// The data container's payload; `nil` if none came.
    var data: [UInt8]?
    /// `nil` if none came, or nothing that is one.
    var response: Response?
    /// What ended the transaction otherwise.
    var failure: USBFailure?
    /// The first container, as it came.
    var first: [UInt8] = []
  }

  func send(_ code: OperationCode, _ parameters: UInt32...) throws -> Answer {
    try send(Command(code, transactionID: next(), parameters: parameters).encoded)
  }

  /// Sends a command with data.
  func send(
    _ code: OperationCode,
    _ parameters: UInt32...,
    data: [UInt8],
    separateHeader: Bool = false
  ) throws -> Answer {
    let command = Command(code, transactionID: next(), parameters: parameters)
    let header = ContainerHeader(
      kind: .data,
      code: code.rawValue,
      transactionID: transaction,
      payload: UInt64(data.count)
    )
    let parts = separateHeader ? [header.encoded, data] : [header.encoded + data]
    for part in [command.encoded] + parts.dropLast() {
      if let failure = try host.write(part, timeout: Self.patience).error { return Answer(failure: failure) }
    }
    return try send(parts[parts.count - 1])
  }

  /// Whether a command, with data if there is any, is met with silence: nothing comes for a while.
  func isIgnored(_ code: OperationCode, _ parameters: UInt32..., data: [UInt8]? = nil) throws -> Bool {
    var parts = [Command(code, transactionID: next(), parameters: parameters).encoded]
    if let data {
      let size = UInt64(data.count)
      let header = ContainerHeader(kind: .data, code: code.rawValue, transactionID: transaction, payload: size)
      parts.append(header.encoded + data)
    }
    for part in parts { _ = try host.write(part, timeout: 100) }
    return try host.read(1 << 20, timeout: 100) == (.timeout, [])
  }

  func next() -> UInt32 {
    transaction += 1
    return transaction
  }

  /// Sends the last container of the host's, and reads up to a response.
  private func send(_ bytes: [UInt8]) throws -> Answer {
    if let failure = try host.write(bytes, timeout: Self.patience).error { return Answer(failure: failure) }
    var answer = Answer()
    let first = try host.read(1 << 22, timeout: Self.patience)
    answer.first = first.bytes
    answer.failure = first.error
    guard first.error == nil, let header = try? ContainerHeader(first.bytes) else { return answer }
    if header.kind == .response {
      answer.response = try? Response(first.bytes)
      return answer
    }
    answer.data = Array(first.bytes.dropFirst(ContainerHeader.size))
    let last = try host.read(512, timeout: Self.patience)
    answer.failure = last.error
    answer.response = try? Response(last.bytes)
    return answer
  }
}
