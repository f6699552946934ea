internal import Storage
internal import SyncEngine

/// What a mirror deletes, in words.
extension Summary {
  /// The lines of a plan. What no earlier run has copied is told apart: it may be somebody's own.
  static func deletions(_ plan: Plan) -> [String] {
    let deletions = plan.actions.filter { $0.change == .delete }
    let files = deletions.filter { $0.destination?.isDirectory == false }
    let kinds: [(String, Reason)] = [
      ("Files to delete, gone from the source", .goneFromSource),
      ("Files to delete that are not in the source, and not on record", .neverAtSource),
      ("Files to delete, earlier copies of what the source has under another path", .otherPlace),
      ("Files to delete that make room for something of another kind", .kindChanged),
    ]
    let fate = plan.keepsDeleted ? "kept in the vault" : "for good"
    var lines: [String] = []
    for (name, reason) in kinds {
      let some = files.filter { $0.reason == reason }
      let bytes = some.reduce(UInt64(0)) { $0.addingSaturated($1.destination?.size ?? 0) }
      let names = LeftOut.names(some.map(\.path), of: some.count)
      if !some.isEmpty { lines.append("  \(name): \(some.count), \(formatted(bytes: bytes)) (\(fate)): \(names)") }
    }
    if files.count < deletions.count { lines.append("  Folders to delete: \(deletions.count - files.count)") }
    return lines
  }

  /// The line of a dry run about a file that is to be removed at the source.
  static func freed(_ entry: Entry) -> String {
    "free  \(entry.path.shown)  \(formatted(bytes: entry.size ?? 0))  (at the source, once it is verified)"
  }

  /// The lines of a dry run about access rights.
  static func permissions(_ plan: Plan) -> [String] {
    plan.permissions.map { "rights  \($0.path.shown)  \(String($0.permissions ?? 0, radix: 8))" }
  }

  /// The line of a run.
  static func deletions(_ counts: Counts) -> [String] {
    let parts = [
      counts.filesDeleted > 0
        ? "\(counted(counts.filesDeleted, "file")) (\(formatted(bytes: counts.bytesDeleted)))" : nil,
      counts.foldersDeleted > 0 ? counted(counts.foldersDeleted, "folder") : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? [] : ["Deleted: \(parts.joined(separator: ", "))."]
  }
}
