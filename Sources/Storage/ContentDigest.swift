/// The SHA-256 of a file's contents.
public struct ContentDigest: Hashable, Sendable {
  /// 32 of them.
  public let bytes: [UInt8]

  /// `nil` unless there are 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    self.bytes = Array(bytes)
  }
}
