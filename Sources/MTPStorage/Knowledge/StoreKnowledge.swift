/// What is known of one storage of a device: a card has another file system than the memory that is built in, and so other
/// rules for names, and may treat dates otherwise. `nil` stands for what nobody has tried.
public struct StoreKnowledge: Hashable, Sendable, Codable {
  /// As the device calls the storage.
  public var label: String
  /// Of the last probe, in Unix time.
  public var probed: Int64?
  /// Whether a file keeps the modification date with which it was sent.
  public var keepsModified: Bool?
  /// Whether a file keeps the creation date with which it was sent.
  public var keepsCreated: Bool?
  /// Whether names that differ in case only are two. Not tried where that could harm: then they are taken for one.
  public var isCaseSensitive: Bool?
  /// The longest name that was taken and read back, in UTF-16 units.
  public var longestName: Int?

  public init(label: String) { self.label = label }
}

extension Store {
  /// What its findings are kept under: its id can be another in the next session.
  var nameSpace: String { "\(kind.rawValue) \(volume) \(label)" }
}
