internal import Foundation

/// What two names, or paths, have in common that one storage takes for the same.
package struct NameFolding: Sendable {
  package let isCaseSensitive: Bool

  package init(isCaseSensitive: Bool) { self.isCaseSensitive = isCaseSensitive }

  /// Equal for equal names: the bytes themselves, or, where case does not count, composed and in lower case.
  package func key(_ path: RelativePath) -> [UInt8] { key(path.bytes) }

  /// The same for one name.
  package func key(_ name: [UInt8]) -> [UInt8] {
    guard !isCaseSensitive else { return name }
    if name.allSatisfy({ $0 < 0x80 }) {
      return name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
    guard let text = String(validating: name, as: UTF8.self) else { return name }
    return Array(text.lowercased().precomposedStringWithCanonicalMapping.utf8)
  }
}
