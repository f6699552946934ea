/// A container without data: a command, a response or an event, with up to five parameters.
public struct Message<MessageKind: MessageCode>: Hashable, Sendable {
  public var code: MessageKind
  public var transactionID: UInt32
  public var parameters: [UInt32]

  /// - Precondition: at most five parameters.
  public init(_ code: MessageKind, transactionID: UInt32, parameters: [UInt32] = []) {
    precondition(parameters.count <= 5, "too many parameters")
    self.code = code
    self.transactionID = transactionID
    self.parameters = parameters
  }

  /// Parameter `index`, from 0; 0 if it was not sent, as the standard lets a sender leave out zeros at the end.
  public func parameter(_ index: Int) -> UInt32 { index < parameters.count ? parameters[index] : 0 }

  /// Reads one whole container. Throws `truncated`, `trailingBytes`, or `badValue` for another kind of container or
  /// a length that is no whole number of parameters up to five.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    var reader = ByteReader(bytes)
    let header = try ContainerHeader(from: &reader)
    guard header.kind == MessageKind.containerKind else { throw PTPError(.badValue, at: 4, in: "ContainerType") }
    guard let payload = header.payload, payload <= 20, payload % 4 == 0 else {
      throw PTPError(.badValue, at: 0, in: "ContainerLength")
    }
    code = MessageKind(rawValue: header.code)
    transactionID = header.transactionID
    parameters = []
    for index in 0..<Int(payload / 4) { parameters.append(try reader.integer("Parameter\(index + 1)")) }
    try reader.end(of: "Container")
  }

  /// The whole container.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    let header = ContainerHeader(
      kind: MessageKind.containerKind,
      code: code.rawValue,
      transactionID: transactionID,
      payload: UInt64(parameters.count * 4)
    )
    header.encode(to: &writer)
    for parameter in parameters { writer.integer(parameter) }
    return writer.bytes
  }
}

public typealias Command = Message<OperationCode>
public typealias Response = Message<ResponseCode>
public typealias Event = Message<EventCode>
