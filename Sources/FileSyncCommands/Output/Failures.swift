internal import Storage

/// What failed in a run, by cause: the first of each is told at once, and the others together at the end. The log has
/// them all.
struct Failures: Sendable {
  private static let named = 3
  private var causes: [String] = []
  private var others: [String: (count: Int, first: [RelativePath])] = [:]

  /// Takes note of one that failed.
  /// - Returns: whether it is the first for this cause.
  mutating func add(_ path: RelativePath, _ cause: String) -> Bool {
    guard let group = others[cause] else {
      causes.append(cause)
      others[cause] = (0, [])
      return true
    }
    others[cause] = (group.count + 1, group.count < Self.named ? group.first + [path] : group.first)
    return false
  }

  /// `Failed: 4 more (The storage of the device is full): b, c, d and 1 more`, in the order in which they were met.
  var lines: [String] {
    causes.compactMap { cause in
      guard let group = others[cause], group.count > 0 else { return nil }
      let more = group.count - group.first.count
      let names = group.first.map(\.shown).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      return "Failed: \(group.count) more (\(shown(cause))): \(names)"
    }
  }
}
