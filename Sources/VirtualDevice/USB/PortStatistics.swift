/// What a host did to one ``USBPort`` since it was attached.
public struct PortStatistics: Hashable, Sendable {
  /// Bus resets of the device by the host.
  public var resets = 0
  /// Handles opened and closed on the device, by any process.
  public var opens = 0
  public var closes = 0
  public var claims = 0
  /// `CLEAR_FEATURE(ENDPOINT_HALT)` requests.
  public var haltsCleared = 0
  /// Transfers on the data endpoints that the host cancelled, also by time-out.
  public var transfersCancelled = 0
  /// Requests on endpoint 0 that were neither standard ones nor one of the above, by `bRequest`.
  public var controlRequests: [UInt8: Int] = [:]
  /// The most events that waited for the host behind another one, at any time: on an Android phone, each blocks a thread.
  public var mostEventsWaiting = 0
  /// Payload bytes from the host, and to it.
  public var bytesOut: UInt64 = 0
  public var bytesIn: UInt64 = 0

  public init() {}
}
