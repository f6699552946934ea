/// A request on endpoint 0 (USB 2.0 section 9.3). Standard requests are answered by the port itself.
public struct ControlRequest: Hashable, Sendable {
  /// `bmRequestType`: direction, kind (class, vendor) and recipient.
  public var requestType: UInt8
  /// `bRequest`; of the still image class: 0x64 cancel, 0x65 get extended event data, 0x66 reset, 0x67 get status.
  public var request: UInt8
  /// `wValue`.
  public var value: UInt16
  /// `wIndex`: the interface's number in requests to an interface.
  public var index: UInt16
  /// `wLength`: how many bytes the host sends, or would take.
  public var length: UInt16
  /// What the host sends; empty in requests that ask for data.
  public var data: [UInt8]

  /// Whether the host asks for data.
  public var asksForData: Bool { requestType & 0x80 != 0 }
}

/// The device's answer to a ``ControlRequest``.
public enum ControlAnswer: Hashable, Sendable {
  /// Done; the bytes are the answer where the host asked for data, cut at the length it asked for.
  case accept([UInt8] = [])
  /// The request is refused.
  case stall
  /// Nothing is answered; the host's request times out.
  case silence
}
