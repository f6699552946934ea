internal import ArgumentParser

/// What a profile is called: a name for its file, and a part of the names of its udev rule and systemd unit.
struct ProfileName: Hashable, Comparable, Sendable, CustomStringConvertible {
  let description: String

  /// A unit's name has 255 characters, and the device's place in sysfs takes most of them.
  private static let longest = 64

  /// Throws why `text` cannot be one.
  init(_ text: String) throws {
    guard !text.isEmpty else { throw ValidationError("A profile needs a name.") }
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar))
    }
    guard isPlain else {
      throw ValidationError("A profile's name is made of letters (a to z), digits, and - _ . only.")
    }
    guard text.first != ".", text.first != "-" else {
      throw ValidationError("A profile's name begins with a letter, a digit or _.")
    }
    guard text.utf8.count <= Self.longest else {
      throw ValidationError("A profile's name has \(Self.longest) characters at most.")
    }
    description = text
  }

  static func < (one: ProfileName, other: ProfileName) -> Bool { one.description < other.description }
}
