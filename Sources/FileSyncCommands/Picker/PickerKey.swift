/// A key that the picker knows.
enum PickerKey: Hashable, Sendable {
  case up, down, left, right, pageUp, pageDown, home, end
  case enter, backspace, escape
  /// Ctrl-D, by which terminals end the input.
  case endOfInput
  /// Ctrl-Z.
  case suspend
  /// Ctrl-L, for a picture that something else has spoilt.
  case redraw
  case text(Unicode.Scalar)
}

/// Makes keys of the bytes that a terminal sends (ECMA-48, and what xterm and the Linux console made of it).
struct KeyDecoder: Sendable {
  /// What may be the beginning of a key.
  private var pending: [UInt8] = []

  /// Whether only time can tell what the last bytes are: the escape key, or the beginning of another.
  var isWaiting: Bool { !pending.isEmpty }

  mutating func take(_ bytes: some Sequence<UInt8>) -> [PickerKey] {
    pending += bytes
    var keys: [PickerKey] = []
    while let (key, count) = first() {
      pending.removeFirst(count)
      if let key { keys.append(key) }
    }
    return keys
  }

  /// Takes it that nothing belongs to the last bytes any more.
  mutating func settle() -> [PickerKey] {
    defer { pending = [] }
    return pending == [0x1B] ? [.escape] : []
  }

  /// The first key, or nothing in place of one that means nothing, and how many bytes it has; `nil` if not all have come.
  private func first() -> (PickerKey?, Int)? {
    guard let byte = pending.first else { return nil }
    switch byte {
    case 0x1B: return sequence()
    case 0x0D, 0x0A: return (.enter, 1)
    case 0x7F, 0x08: return (.backspace, 1)
    case 0x04: return (.endOfInput, 1)
    case 0x0C: return (.redraw, 1)
    case 0x0E: return (.down, 1)
    case 0x10: return (.up, 1)
    case 0x1A: return (.suspend, 1)
    case ..<0x20: return (nil, 1)
    default: return character()
    }
  }

  private func character() -> (PickerKey?, Int)? {
    var parser = Unicode.UTF8.ForwardParser()
    var rest = pending.makeIterator()
    switch parser.parseScalar(from: &rest) {
    case .valid(let encoded):
      let scalar = Unicode.UTF8.decode(encoded)
      return (isHazardous(scalar) ? nil : .text(scalar), encoded.count)
    case .error(let length):
      // The rest of it may be on its way.
      let wanted = pending[0] >= 0xF0 ? 4 : pending[0] >= 0xE0 ? 3 : 2
      let isBegun = (0xC2...0xF4).contains(pending[0]) && length == pending.count && pending.count < wanted
      return isBegun ? nil : (nil, length)
    case .emptyInput: return nil
    }
  }

  /// What begins with an escape: `ESC [ numbers letter`, `ESC O letter`; anything else means nothing.
  private func sequence() -> (PickerKey?, Int)? {
    guard pending.count > 1 else { return nil }
    switch pending[1] {
    case UInt8(ascii: "O"):
      guard pending.count > 2 else { return nil }
      return (Self.letters[pending[2]], 3)
    case UInt8(ascii: "["):
      // The Linux console's function keys.
      if pending.count > 2, pending[2] == UInt8(ascii: "[") { return pending.count > 3 ? (nil, 4) : nil }
      guard let end = pending.dropFirst(2).firstIndex(where: { !(0x20...0x3F).contains($0) }) else {
        // No key is as long.
        return pending.count > 32 ? (nil, pending.count) : nil
      }
      let parameters = pending[2..<end]
      guard pending[end] == UInt8(ascii: "~") else { return (Self.letters[pending[end]], end + 1) }
      let number = parameters.prefix { $0 != UInt8(ascii: ";") }
      return (Self.numbers[String(decoding: number, as: UTF8.self)], end + 1)
    case 0x1B: return (.escape, 1)
    default: return (nil, 2)
    }
  }

  private static let letters: [UInt8: PickerKey] = [
    UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right, UInt8(ascii: "D"): .left,
    UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end, UInt8(ascii: "M"): .enter,
  ]
  private static let numbers: [String: PickerKey] = [
    "1": .home, "7": .home, "4": .end, "8": .end, "5": .pageUp, "6": .pageDown,
  ]
}
