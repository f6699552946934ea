internal import Storage
internal import SyncEngine

/// What a run leaves out: how much, why, and the first of each by name. The log has them all.
struct LeftOut: Sendable {
  private struct Group {
    var count = 0
    var first: [RelativePath] = []
  }

  /// How many are named.
  private static let named = 3
  private var groups: [Reason: Group] = [:]

  mutating func add(_ path: RelativePath, _ reason: Reason) {
    groups[reason, default: Group()].count += 1
    if groups[reason, default: Group()].first.count < Self.named { groups[reason]?.first.append(path) }
  }

  /// `Left out: 2 (no regular file): pipe, socket`, most frequent first. Of what was sent `label` would say too much.
  func lines(_ label: String, where isMeant: (Reason) -> Bool = { _ in true }) -> [String] {
    groups.filter { isMeant($0.key) }.sorted { ($1.value.count, $0.key.rawValue) < ($0.value.count, $1.key.rawValue) }
      .map { reason, group in
        let names = Self.names(group.first, of: group.count)
        return "\(reason == .unverified ? "Not verified" : label): \(group.count) (\(reason.words)): \(names)"
      }
  }

  /// `a, b, c and 2 more`
  static func names(_ paths: [RelativePath], of count: Int, naming most: Int = named) -> String {
    let first = paths.prefix(most)
    let more = count - first.count
    return first.map(\.shown).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
