/// An extended attribute of a file or folder, as xattr(7) has them.
public struct ExtendedAttribute: Hashable, Sendable {
  /// With its namespace, such as `user.comment`.
  public var name: [UInt8]
  public var value: [UInt8]

  public init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}
