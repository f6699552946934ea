internal import Storage

/// Where a user says that files are: a local path, or `mtp:DEVICE/STORAGE/PATH`.
enum Location: Hashable, Sendable {
  /// A path as it was typed.
  case local(String)
  /// A folder on a device. KDE writes `mtp:/DEVICE/STORAGE/PATH`, which reads differently here: that reading is
  /// `kio`, and it holds if a device of that name is connected.
  case device(DeviceLocation, kio: DeviceLocation? = nil)

  /// Reads a location as a user typed or pasted it. `./mtp:x` is local.
  /// - Throws: a usage failure for an empty text, and for `.` or `..` in a path on a device.
  init(_ text: String) throws(Failure) {
    guard !text.isEmpty else {
      throw Failure(.usage, "A location is empty", cure: "Name a folder, or mtp:DEVICE/STORAGE/PATH.")
    }
    if let pasted = try Location.pasted(text) {
      self = pasted
    } else if text.hasPrefix("mtp:") {
      self = try Location.own(text)
    } else {
      self = .local(text)
    }
  }

  /// Whether it is on this machine.
  var isLocal: Bool { if case .local = self { true } else { false } }

  private static func own(_ text: String) throws(Failure) -> Location {
    let parts = text.dropFirst("mtp:".count).split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    let names = parts.prefix(2).map { unescaped($0) }
    let location = DeviceLocation(
      device: DeviceSelector(typed: parts[0]),
      store: StoreSelector(names.count > 1 ? names[1] : ""),
      path: try devicePath(parts.count > 2 ? String(parts[2]) : "", in: text)
    )
    guard names[0].isEmpty, names.count > 1, !names[1].isEmpty else { return .device(location) }
    return .device(location, kio: try kio(text.dropFirst("mtp:/".count), in: text))
  }

  /// Reads what follows the storage.
  static func devicePath(_ path: String, in text: String) throws(Failure) -> RelativePath {
    if let path = RelativePath(path.pathBytes) { return path }
    throw Failure(
      .usage,
      "\(shown(text)): a path on a device cannot hold \".\", \"..\" or a NUL",
      cure: "Write it without them."
    )
  }
}

/// A folder on a device, as a user names it.
struct DeviceLocation: Hashable, Sendable {
  var device: DeviceSelector
  var store: StoreSelector
  var path: RelativePath
}

/// Which device.
enum DeviceSelector: Hashable, Sendable {
  /// The only one that is connected.
  case only
  /// A serial number, or a name as `filesync devices` prints it; upper and lower case are the same.
  case named(String)
  /// What fits a serial number or such a name.
  case fitting(DevicePattern)
  case address(bus: Int, address: Int)
  /// The host of a gvfs URL: udev's `ID_SERIAL`, which is maker, model and serial number.
  case gvfsHost(String)

  /// Reads DEVICE as it stands in a location: empty, `bus:address`, a name, or a pattern.
  init(typed: Substring) {
    let text = unescaped(typed)
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    if text.isEmpty || text == "*" {
      self = .only
    } else if numbers.count == 2, let bus = numbers[0], let address = numbers[1] {
      self = .address(bus: bus, address: address)
    } else {
      self = DevicePattern(typed).map { .fitting($0) } ?? .named(text)
    }
  }
}

/// Which storage of a device.
enum StoreSelector: Hashable, Sendable {
  /// The only one.
  case only
  /// `internal`, `card`, a number from 1, a storage id, or a label; upper and lower case are the same.
  case named(String)

  /// Reads STORAGE.
  init(_ text: String) { self = text.isEmpty || text == "*" ? .only : .named(text) }
}

/// Replaces each `%XX` by its byte. What is no such escape stays.
func unescaped(_ text: some StringProtocol) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    if byte == UInt8(ascii: "%"), digits.count == 2 {
      bytes.append(UInt8(digits[0] * 16 + digits[1]))
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(pathBytes: bytes)
}

/// Escapes what cannot stand in DEVICE or STORAGE: `/`, `%`, what a terminal must not see, and what a shell acts on, but for
/// the space: locations are printed to be pasted, and what a device is called is its own choice.
func escapedForLocation(_ text: String) -> String {
  var escaped = ""
  for scalar in text.unicodeScalars {
    guard "/%`$&;|<>()*?[]{}!~#^\\\"'".unicodeScalars.contains(scalar) || isHazardous(scalar) else {
      escaped.unicodeScalars.append(scalar)
      continue
    }
    for byte in String(scalar).utf8 { escaped += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true) }
  }
  return escaped
}
