public import Storage

/// What came of a probe.
public struct ProbeResult: Sendable {
  /// What is known of the device now.
  public var knowledge: DeviceKnowledge
  /// What the device did not let be removed, from the root of the storage: a folder with tiny files.
  public var staying: RelativePath?
  /// What kept it from finding out all; `nil` if nothing did.
  public var failure: StorageError?

  public init(knowledge: DeviceKnowledge, staying: RelativePath? = nil, failure: StorageError? = nil) {
    self.knowledge = knowledge
    self.staying = staying
    self.failure = failure
  }
}
