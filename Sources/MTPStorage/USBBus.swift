public import Storage

/// The USB devices of this machine, read from sysfs.
public struct USBBus: Sendable {
  /// Holds `sys`, `dev`, `proc` and `run`: `/`, or another one for tests.
  public let root: String

  public init(root: String = "/") { self.root = root }

  /// All devices that speak MTP or PTP, and phones that only charge, by bus and address.
  public func devices() throws(StorageError) -> [USBDevice] { fatalError("skeleton") }
}
