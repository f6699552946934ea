extension NameRules {
  /// The name by which a storage of these rules holds something called `name`: `name` itself where that is allowed, else
  /// the nearest that is. Always the same one, so that a name whose record is lost is found again. `nil` if there is none.
  ///
  /// Forbidden signs become their full-width twins (`:` is `：`), control characters, bytes that are no UTF-8, and a dot
  /// or space at an edge where none may be become `%` and two hexadecimal digits. A name that is too long is cut by whole
  /// characters and keeps its extension, with `~` and a hash of the whole name before it.
  ///
  /// Two names may fit as one: who puts them into one folder has to tell them apart.
  public func fitted(_ name: some Collection<UInt8>) -> [UInt8]? {
    let name = Array(name)
    if name.isEmpty || allow(name) { return name.isEmpty ? nil : name }
    let legal = respelled(name)
    if allow(legal) { return legal }
    return NameParts(legal).adding("~" + Self.hash(name), allowedBy: self)
  }

  /// The name with every part replaced that may not be in it.
  private func respelled(_ name: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var rest = name[...]
    while let byte = rest.first {
      let length = Self.scalarLength(rest)
      if byte < 0x80 {
        let isLast = forbidsTrailingDotOrSpace && rest.count == 1 && (byte == UInt8(ascii: ".") || byte == 0x20)
        let isFirst = forbidsLeadingSpace && result.isEmpty && Self.isSpace(byte)
        if isLast || isFirst || byte == 0 || byte == UInt8(ascii: "/") {
          result += escape(byte)
        } else {
          result += forbidden.contains(byte) ? replacement(byte) : [byte]
        }
        rest = rest.dropFirst()
      } else if length == 0 {
        result += mustBeUnicode || forbidden.contains(byte) ? escape(byte) : [byte]
        rest = rest.dropFirst()
      } else {
        let scalar = rest.prefix(length)
        result += scalar.contains(where: forbidden.contains) ? scalar.flatMap(escape) : Array(scalar)
        rest = rest.dropFirst(length)
      }
    }
    return result
  }

  /// The full-width twin of a sign (U+FF01 to U+FF5E stand for `!` to `~`); others are escaped.
  private func replacement(_ byte: UInt8) -> [UInt8] {
    guard (0x21...0x7E).contains(byte) else { return escape(byte) }
    return Self.fullWidth(byte)
  }

  private func escape(_ byte: UInt8) -> [UInt8] {
    let percent = UInt8(ascii: "%")
    return (forbidden.contains(percent) ? Self.fullWidth(percent) : [percent]) + Self.hexadecimal(byte)
  }

  private static func fullWidth(_ byte: UInt8) -> [UInt8] {
    Array(String(UnicodeScalar(0xFF01 + UInt32(byte) - 0x21) ?? "_").utf8)
  }

  private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
  }

  /// How many bytes the character has that `bytes` begins with; 0 if that is no UTF-8.
  private static func scalarLength(_ bytes: ArraySlice<UInt8>) -> Int {
    var parser = UTF8.ForwardParser()
    var next = bytes.makeIterator()
    guard case .valid(let scalar) = parser.parseScalar(from: &next) else { return 0 }
    return scalar.count
  }

  /// Eight hexadecimal digits (FNV-1a).
  private static func hash(_ name: [UInt8]) -> String {
    let hash = name.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
