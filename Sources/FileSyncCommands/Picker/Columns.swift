/// How many columns of a terminal a text takes, that has no control characters: two for what East Asia writes and for
/// pictures, none for what combines.
func columns(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + columns($1) } }

/// The beginning of a text that fits into so many columns; one that is cut ends in `…`.
func fitted(_ text: String, columns width: Int) -> String {
  guard columns(text) > width else { return text }
  guard width > 0 else { return "" }
  var (part, used) = ("", 1)
  for character in text {
    used += columns(String(character))
    guard used <= width else { break }
    part.append(character)
  }
  return part + "\u{2026}"
}

/// The same for a path, of which the end tells more: its beginning is cut.
func fittedEnd(_ text: String, columns width: Int) -> String {
  guard columns(text) > width else { return text }
  guard width > 0 else { return "" }
  var (part, used) = ([Character](), 1)
  for character in text.reversed() {
    used += columns(String(character))
    guard used <= width else { break }
    part.append(character)
  }
  return "\u{2026}" + String(part.reversed())
}

private func columns(_ scalar: Unicode.Scalar) -> Int {
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format: return 0
  default: return wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }
}

/// What is wide or full-width by Unicode Standard Annex #11, in whole blocks.
private let wide: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x231A...0x231B, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
  0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
  0x20000...0x3FFFD,
]
