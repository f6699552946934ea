internal import Foundation

/// What two names, or paths, have in common that one storage takes for the same.
package struct NameFolding: Sendable {
  package let isCaseSensitive: Bool

  package init(isCaseSensitive: Bool) { self.isCaseSensitive = isCaseSensitive }

  /// Equal for equal names: the bytes themselves, or, where case does not count, what is left without case, without the
  /// way in which letters are composed, and without characters that nobody sees. So do the file systems of phones, for
  /// which `straße` is `STRASSE` (Linux, `fs/unicode`: NFDICF); that others tell more names apart does no harm.
  package func key(_ path: RelativePath) -> [UInt8] { key(path.bytes) }

  /// The same for one name.
  package func key(_ name: [UInt8]) -> [UInt8] {
    guard !isCaseSensitive else { return name }
    if name.allSatisfy({ $0 < 0x80 }) {
      return name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
    guard let text = String(validating: name, as: UTF8.self) else { return name }
    let visible = text.decomposedStringWithCanonicalMapping.unicodeScalars.filter {
      !$0.properties.isDefaultIgnorableCodePoint
    }
    let folded = String(String.UnicodeScalarView(visible)).uppercased().lowercased()
    return Array(folded.precomposedStringWithCanonicalMapping.utf8)
  }
}
