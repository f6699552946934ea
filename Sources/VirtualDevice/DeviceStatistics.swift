public import PTP
internal import Foundation

/// What a virtual device has done since it was first plugged in.
public struct DeviceStatistics: Hashable, Sendable {
  /// The first commands, in order.
  public var commands: [OperationCode] = []
  static let mostCommands = 10_000
  /// Commands by kind.
  public var operations: [OperationCode: Int] = [:]
  /// Responses by code.
  public var responses: [ResponseCode: Int] = [:]
  /// Faults whose command came; one that is for a place in the data counts, also if these end before.
  public var faults = 0
  /// Bytes of data (without containers' headers) to the host and from it.
  public var dataSent: UInt64 = 0
  public var dataReceived: UInt64 = 0
  /// What the host did on the bus.
  public var port = PortStatistics()

  public init() {}

  /// All commands.
  public var transactions: Int { operations.values.reduce(0, +) }

  /// One JSON object, its keys in order.
  public var json: String {
    let object: [String: Any] = [
      "transactions": transactions,
      "operations": Dictionary(uniqueKeysWithValues: operations.map { ("\($0)", $1) }),
      "responses": Dictionary(uniqueKeysWithValues: responses.map { ("\($0)", $1) }),
      "faults": faults,
      "dataSent": dataSent,
      "dataReceived": dataReceived,
      "bytesIn": port.bytesIn,
      "bytesOut": port.bytesOut,
      "resets": port.resets,
      "opens": port.opens,
      "closes": port.closes,
      "claims": port.claims,
      "mostEventsWaiting": port.mostEventsWaiting,
      "haltsCleared": port.haltsCleared,
      "transfersCancelled": port.transfersCancelled,
      "controlRequests": Dictionary(
        uniqueKeysWithValues: port.controlRequests.map { ("0x" + String($0, radix: 16), $1) }
      ),
    ]
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

extension PortStatistics {
  /// The sum of what happened on two cables.
  static func + (left: PortStatistics, right: PortStatistics) -> PortStatistics {
    var sum = left
    sum.resets += right.resets
    sum.opens += right.opens
    sum.closes += right.closes
    sum.claims += right.claims
    sum.mostEventsWaiting = max(sum.mostEventsWaiting, right.mostEventsWaiting)
    sum.haltsCleared += right.haltsCleared
    sum.transfersCancelled += right.transfersCancelled
    sum.controlRequests.merge(right.controlRequests, uniquingKeysWith: +)
    sum.bytesOut += right.bytesOut
    sum.bytesIn += right.bytesIn
    return sum
  }
}
