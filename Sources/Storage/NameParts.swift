/// A file's name in its two parts, for names that are made from it.
public struct NameParts: Sendable {
  /// The longest ending that is taken for an extension, in bytes with its dot.
  private static let longestExtension = 32

  public let stem: [UInt8]
  /// With its dot; empty if there is none. A leading dot hides a file and begins no extension.
  public let fileExtension: [UInt8]

  public init(_ name: some Collection<UInt8>) {
    let name = Array(name)
    let dot = name.lastIndex(of: UInt8(ascii: ".")) ?? 0
    let end = dot > 0 && name.count - dot <= Self.longestExtension ? dot : name.count
    stem = Array(name[..<end])
    fileExtension = Array(name[end...])
  }

  /// The name with `addition` before its extension, in which what `rules` forbid becomes `_`. The stem is cut, by whole
  /// characters, until the name is allowed; `nil` if nothing would be left of it.
  public func adding(_ addition: String, allowedBy rules: NameRules) -> [UInt8]? {
    let rest = addition.utf8.map { rules.forbidden.contains($0) ? UInt8(ascii: "_") : $0 } + fileExtension
    if rules.allow(stem + rest) { return stem + rest }
    if let text = String(validating: stem, as: UTF8.self) {
      var characters = text.dropLast()
      while !characters.isEmpty {
        let name = Array(characters.utf8) + rest
        if rules.allow(name) { return name }
        characters.removeLast()
      }
    }
    // No text, or one character of very many scalars. Bytes 10xxxxxx continue a UTF-8 character.
    var bytes = stem[...]
    while let byte = bytes.popLast() {
      guard byte & 0b1100_0000 != 0b1000_0000, !bytes.isEmpty else { continue }
      if rules.allow(bytes + rest) { return bytes + rest }
    }
    return nil
  }

  /// The name with a number before its extension, as in `name (2).txt`.
  public func numbered(_ number: Int, allowedBy rules: NameRules) -> [UInt8]? {
    adding(" (\(number))", allowedBy: rules)
  }

  /// The name that ``numbered(_:allowedBy:)`` made this one of, as far as it was not cut; `nil` for any other name.
  public var withoutNumber: [UInt8]? {
    guard stem.last == UInt8(ascii: ")") else { return nil }
    let digits = stem.dropLast().reversed().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let base = stem.dropLast(digits.count + 1)
    guard !digits.isEmpty, base.count > 2, base.suffix(2).elementsEqual(" (".utf8) else { return nil }
    return base.dropLast(2) + fileExtension
  }
}
