/// What a device says, and where things are on this computer, as udev and systemd have to read it. Serial numbers are a
/// device's own choice: none may end a quote, fit other devices, or reach the terminal as a control character.
enum AutorunQuoting {
  /// A pattern of udev(7) that fits this text alone, in quotes. What no pattern can say stands for any character: `|`, which
  /// separates patterns, and what a terminal may not see.
  static func pattern(_ text: String) -> String {
    let pattern = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      // In brackets, since udev itself takes a backslash only for one before a quote.
      case "*", "?", "[": "[\(scalar)]"
      case "\\": "[\\\\]"
      case "\"": "\\\""
      // Bytes are characters to udev.
      case _ where scalar == "|" || isHazardous(scalar): String(repeating: "?", count: String(scalar).utf8.count)
      default: String(scalar)
      }
    }
    return "\"\(pattern.joined())\""
  }

  /// A word in a unit, in quotes (systemd.syntax(7)), without specifiers (systemd.unit(5)).
  static func word(_ text: String) -> String {
    let word = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "%": "%%"
      case "\\": "\\\\"
      case "\"": "\\\""
      case _ where isHazardous(scalar):
        String(scalar).utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      default: String(scalar)
      }
    }
    return "\"\(word.joined())\""
  }
}
