internal import Storage

/// What failed in a run, by cause: the first of each is told at once, and all together at the end, with what to do about
/// it. The log has them all.
struct Failures: Sendable {
  private struct Group {
    var count = 0
    var first: [RelativePath] = []
    var cure: String?
  }

  /// How many are named.
  private static let named = 10
  private var causes: [String] = []
  private var groups: [String: Group] = [:]

  /// Takes note of one that failed.
  /// - Returns: whether it is the first for this cause.
  mutating func add(_ path: RelativePath, _ error: StorageError) -> Bool {
    var group = groups[error.cause] ?? Group(cure: error.reason.advice.cure)
    if group.count == 0 { causes.append(error.cause) }
    group.count += 1
    if group.first.count < Self.named { group.first.append(path) }
    groups[error.cause] = group
    return group.count == 1
  }

  /// `Failed: 12 (The storage of the device is full): a, b, c and 9 more`, and what to do, in the order in which they were
  /// met; then where all are named, in `log`.
  func lines(log: String?) -> [String] {
    let all = causes.flatMap { cause -> [String] in
      guard let group = groups[cause] else { return [] }
      let names = LeftOut.names(group.first, of: group.count, naming: Self.named)
      let cure = group.cure.map { "  " + $0.replacing("\n", with: "\n  ") }
      return ["Failed: \(group.count) (\(shown(cause))): \(names)", cure].compactMap(\.self)
    }
    return all.isEmpty ? [] : all + [log.map { "The log names each: \(shown($0))" }].compactMap(\.self)
  }
}
