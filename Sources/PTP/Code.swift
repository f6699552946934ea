/// A 16-bit code of the protocol. Every value is legal: a code that has no name here is passed on as it came.
public protocol Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible where RawValue == UInt16 {
  init(rawValue: UInt16)
  /// The names of the codes known here, as the standard writes them.
  static var names: [UInt16: String] { get }
}

extension Code {
  /// For messages and logs: `AccessDenied 0x200F`, or `0x9FFF` for a code without a name.
  public var description: String {
    let digits = String(rawValue, radix: 16, uppercase: true)
    let number = "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    return Self.names[rawValue].map { "\($0) \(number)" } ?? number
  }

  /// The code with the name `name` (as in ``names``), or the number that it spells (`0x200F`, `200F`).
  public init?(_ name: some StringProtocol) {
    if let known = Self.names.first(where: { $0.value == name })?.key {
      self.init(rawValue: known)
    } else if let number = UInt16(name.hasPrefix("0x") ? String(name.dropFirst(2)) : String(name), radix: 16) {
      self.init(rawValue: number)
    } else {
      return nil
    }
  }
}

/// A code that heads a command, a response or an event.
public protocol MessageCode: Code {
  /// The kind of container that carries such a code.
  static var containerKind: ContainerKind { get }
}
