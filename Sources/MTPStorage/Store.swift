public import Storage

/// One storage of a device, as its StorageInfo dataset describes it (MTP 1.1 section 5.2.2).
public struct Store: Hashable, Sendable {
  /// What a storage is made of.
  public enum Kind: String, Hashable, Sendable, Codable { case `internal`, card, other }

  /// The storage id; on Android a counter that changes from session to session.
  public var id: UInt32
  public var kind: Kind
  /// As the device calls it, in its own language.
  public var label: String
  /// Android leaves it empty.
  public var volume: String
  public var space: StorageSpace
  public var isReadOnly: Bool
}
