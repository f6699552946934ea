/// A word of a command that is told to be pasted, as a shell takes it: what is read there is `text`, whatever it holds. Of names
/// that a terminal must not see, or that are no UTF-8, bytes are written out, as bash and zsh take them.
func shellWord(_ text: String) -> String {
  let isPlain = text.unicodeScalars.allSatisfy { scalar in
    if !scalar.isASCII { return !isHazardous(scalar) && scalar.pathByte == nil && !scalar.properties.isWhitespace }
    return "_@%+:,./-".unicodeScalars.contains(scalar) || scalar.properties.isAlphabetic || "0"..."9" ~= scalar
  }
  if isPlain, !text.isEmpty { return text }
  guard text.unicodeScalars.contains(where: { isHazardous($0) || $0.pathByte != nil }) else {
    return "'\(text.replacing("'", with: #"'\''"#))'"
  }
  let parts = text.unicodeScalars.map { scalar -> String in
    if scalar == "\\" || scalar == "'" { return "\\\(scalar)" }
    guard isHazardous(scalar) || scalar.pathByte != nil else { return String(scalar) }
    return String(scalar).pathBytes.map { (byte: UInt8) in "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      .joined()
  }
  return "$'\(parts.joined())'"
}
