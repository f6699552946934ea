internal import Storage

/// A name as a person may see it: control characters, direction marks and bytes that are no UTF-8 stand as
/// `\xNN` or `\u{N}`, a backslash as `\\`.
///
/// A file's name can hold the escape sequences of a terminal, and a device can send any name it likes. This is the
/// one way by which names reach a terminal or a log.
func shown(_ name: some Sequence<UInt8>) -> String {
  let bytes = Array(name)
  var text = ""
  var position = 0
  var parser = Unicode.UTF8.ForwardParser()
  var rest = bytes.makeIterator()
  while true {
    switch parser.parseScalar(from: &rest) {
    case .valid(let encoded):
      position += encoded.count
      text += shown(Unicode.UTF8.decode(encoded))
    case .error(let length):
      for byte in bytes[position..<position + length] { text += "\\x" + paddedHexadecimal(byte) }
      position += length
    case .emptyInput:
      return text
    }
  }
}

/// As ``shown(_:)-(Sequence<UInt8>)``, for what is text already: a device's name, a label, an error's cause.
func shown(_ text: String) -> String { shown(text.pathBytes) }

extension RelativePath {
  /// For a terminal or a log; the root is `.`.
  var shown: String { isRoot ? "." : FileSyncCommands.shown(bytes) }
}

private func shown(_ scalar: Unicode.Scalar) -> String {
  if scalar == "\\" { return "\\\\" }
  guard isHazardous(scalar) else { return String(scalar) }
  return scalar.isASCII ? "\\x" + paddedHexadecimal(UInt8(scalar.value)) : "\\u{\(String(scalar.value, radix: 16))}"
}

/// Whether a character can change how a terminal shows others: control characters (the C1 set too, which some
/// terminals obey), line and paragraph separators, and the direction marks that disguise a name's ending.
func isHazardous(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .lineSeparator, .paragraphSeparator: true
  default: scalar.properties.isBidiControl
  }
}

private func paddedHexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
