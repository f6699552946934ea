public import Storage

/// What the user decided about single conflicts, by the path at the source.
public struct Decisions: Hashable, Sendable {
  private var byPath: [RelativePath: SyncPolicy.Conflict] = [:]

  public init() {}

  public subscript(path: RelativePath) -> SyncPolicy.Conflict? {
    get { byPath[path] }
    set { byPath[path] = newValue }
  }
}

extension Decisions: Codable {
  /// For the record only: a path that is no text is spelled as one.
  public func encode(to encoder: any Encoder) throws {
    try Dictionary(byPath.map { ($0.key.text, $0.value) }) { first, _ in first }.encode(to: encoder)
  }

  public init(from decoder: any Decoder) throws {
    for (text, decision) in try [String: SyncPolicy.Conflict](from: decoder) {
      if let path = RelativePath(text) { byPath[path] = decision }
    }
  }
}
