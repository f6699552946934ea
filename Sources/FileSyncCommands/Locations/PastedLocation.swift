internal import Storage

/// Locations that other programs write, pasted from a file manager's address bar or a terminal.
extension Location {
  /// Reads a URL or path of a gvfs or KIO mount; `nil` if `text` is none.
  ///
  /// - gvfs: `mtp://HOST/STORAGE/PATH`, and below its mounts `/run/user/UID/gvfs/mtp:host=HOST/STORAGE/PATH`. HOST is
  ///   udev's `ID_SERIAL`, or `[usb:BUS,ADDRESS]`. For cameras the scheme is `gphoto2`, and the storage
  ///   `store_00010001`.
  /// - KIO: `mtp:/DEVICE/STORAGE/PATH`, also with three slashes.
  static func pasted(_ text: String) throws(Failure) -> Location? {
    if text.hasPrefix("mtp:///") { return .device(try kio(text.dropFirst("mtp:///".count), in: text)) }
    for scheme in ["mtp://", "gphoto2://"] where text.hasPrefix(scheme) {
      return .device(try gvfs(text.dropFirst(scheme.count), isURL: true, in: text))
    }
    let folders = text.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false)
    guard folders.count == 5, folders[..<3] == ["", "run", "user"], folders[3].allSatisfy(\.isNumber) else {
      return nil
    }
    for mount in ["gvfs/mtp:host=", "gvfs/gphoto2:host="] where folders[4].hasPrefix(mount) {
      return .device(try gvfs(folders[4].dropFirst(mount.count), isURL: false, in: text))
    }
    return nil
  }

  /// Reads `DEVICE/STORAGE/PATH`, percent-escaped or not.
  static func kio(_ address: Substring, in text: String) throws(Failure) -> DeviceLocation {
    try location(address, in: text, escapedPath: true) { .named($0) }
  }

  private static func gvfs(_ address: Substring, isURL: Bool, in text: String) throws(Failure) -> DeviceLocation {
    try location(address, in: text, escapedPath: isURL) { host in
      guard host.hasPrefix("[usb:"), host.hasSuffix("]") else { return .gvfsHost(host) }
      let numbers = host.dropFirst("[usb:".count).dropLast().split(separator: ",").compactMap { Int($0) }
      return numbers.count == 2 ? .address(bus: numbers[0], address: numbers[1]) : .gvfsHost(host)
    }
  }

  private static func location(
    _ address: Substring,
    in text: String,
    escapedPath: Bool,
    device: (String) -> DeviceSelector
  ) throws(Failure) -> DeviceLocation {
    let parts = address.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    let store = parts.count > 1 ? parts[1] : ""
    let path = parts.count > 2 ? parts[2] : ""
    return DeviceLocation(
      device: device(unescaped(parts[0])),
      store: StoreSelector(escapedPath ? unescaped(store) : String(store)),
      path: try devicePath(escapedPath ? unescaped(path) : String(path), in: text)
    )
  }
}
