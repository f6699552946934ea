/// A path below the root of a storage: components as raw bytes, joined by `/`, never absolute.
///
/// File names on Linux are bytes, not text, so nothing here assumes UTF-8. The empty path is the root itself.
/// Every component is legal by construction: not empty, not `.` or `..`, free of `/` and NUL. That makes a path
/// from a device harmless: it cannot leave the root it is resolved against.
public struct RelativePath: Hashable, Sendable {
  /// The components joined by `/`, without a leading or trailing one.
  public let bytes: [UInt8]

  /// The root of the storage.
  public static let root = RelativePath(unchecked: [])

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a path such as `DCIM/Camera`. Leading, trailing and doubled slashes are dropped.
  /// - Returns: `nil` if a component is `.` or `..`, or holds a NUL.
  public init?(_ bytes: some Sequence<UInt8>) {
    var path = RelativePath.root
    for component in Array(bytes).split(separator: UInt8(ascii: "/")) {
      guard let next = path.appending(component) else { return nil }
      path = next
    }
    self = path
  }

  /// Reads a path from text, encoded as UTF-8.
  public init?(_ text: some StringProtocol) { self.init(Array(text.utf8)) }

  /// The path of a child, or `nil` if `name` is no legal name for one (see ``isLegal(name:)``).
  public func appending(_ name: some Collection<UInt8>) -> RelativePath? {
    guard Self.isLegal(name: name) else { return nil }
    return RelativePath(unchecked: bytes.isEmpty ? Array(name) : bytes + [UInt8(ascii: "/")] + name)
  }

  /// The path of a child whose name is text.
  public func appending(_ name: some StringProtocol) -> RelativePath? { appending(Array(name.utf8)) }

  /// Whether `name` can stand as one component: not empty, `.` or `..`, and free of `/` and NUL.
  public static func isLegal(name: some Collection<UInt8>) -> Bool {
    let dot = UInt8(ascii: ".")
    return !name.isEmpty && !name.elementsEqual([dot]) && !name.elementsEqual([dot, dot])
      && !name.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
  }

  /// Whether this is the root.
  public var isRoot: Bool { bytes.isEmpty }

  /// The last component; empty for the root.
  public var name: ArraySlice<UInt8> {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes[...] }
    return bytes[(slash + 1)...]
  }

  /// The folder that holds this; the root for a path of one component, and for the root.
  public var parent: RelativePath {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
    return RelativePath(unchecked: Array(bytes[..<slash]))
  }

  /// The components, first to last.
  public var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

  /// The path as text, bytes that are no UTF-8 replaced. For people, never for finding the file again; it may
  /// hold control characters, so escape it before it reaches a terminal or a log.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension RelativePath: Comparable {
  /// Byte order, in which a folder comes directly before what it holds.
  public static func < (left: RelativePath, right: RelativePath) -> Bool {
    // `/` counts as the smallest byte, so that `a/b` stands before `a-b`.
    for (one, other) in zip(left.bytes, right.bytes) where one != other {
      let slash = UInt8(ascii: "/")
      if one == slash { return true }
      if other == slash { return false }
      return one < other
    }
    return left.bytes.count < right.bytes.count
  }
}

extension RelativePath: CustomStringConvertible {
  /// The path as text, see ``text``.
  public var description: String { text }
}
