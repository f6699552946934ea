internal import Foundation
package import Storage

/// What two paths have in common that one storage takes for the same.
package struct NameFolding: Sendable {
  let isCaseSensitive: Bool

  package init(isCaseSensitive: Bool) { self.isCaseSensitive = isCaseSensitive }

  /// Equal for equal names: the bytes themselves, or, where case does not count, composed and in lower case.
  package func key(_ path: RelativePath) -> [UInt8] {
    guard !isCaseSensitive else { return path.bytes }
    if path.bytes.allSatisfy({ $0 < 0x80 }) {
      return path.bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
    guard let text = String(validating: path.bytes, as: UTF8.self) else { return path.bytes }
    return Array(text.lowercased().precomposedStringWithCanonicalMapping.utf8)
  }
}
