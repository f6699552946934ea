internal import Foundation
internal import Journal
internal import Storage
internal import SyncEngine

/// What one run has put into a vault.
struct VaultRun: Sendable {
  /// The folder that holds it, named with the run's time, in UTC, and its number: `2026-11-23T103000-12`.
  let place: Place
  /// Of the run, by the journal that it was recorded in.
  let number: Int64
  /// Whether that is this journal, so that no other run has this number.
  let isOwn: Bool
  let began: Date
  /// Where it came from, as a location; `nil` if nobody knows, since no run on record has put this on this computer.
  let origin: String?
  /// That folder's number in the journal, since two devices can have one name; `nil` if it is not on record.
  let root: Int64?
  /// The folder, and all that is in it.
  let tree: RemovableTree

  /// What two runs have in common that have put something there from one folder.
  enum Folder: Hashable {
    case recorded(Int64)
    case named(String)
    /// By the run: any two may be of different folders.
    case unknown(String)
  }

  var folder: Folder {
    if let root { return .recorded(root) }
    return origin.map(Folder.named) ?? .unknown(name)
  }

  /// Reads such a name.
  static func parse(_ name: some Collection<UInt8>) -> (began: Date, number: Int64)? {
    let text = String(decoding: name, as: UTF8.self)
    guard let match = text.wholeMatch(of: /(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)-(\d+)/), let number = Int64(match.5),
      let began = DateText.parse("\(match.1)T\(match.2):\(match.3):\(match.4)Z")
    else { return nil }
    return (Date(timeIntervalSince1970: Double(began.seconds)), number)
  }

  /// The folder's name, by which no two runs in one vault are called.
  var name: String { String(decoding: place.path.name, as: UTF8.self) }
  /// What `vault restore` is to be told.
  var word: String { isOwn ? "\(number)" : name }

  var files: [Entry] { tree.entries.filter { !$0.isDirectory } }
  var bytes: UInt64 { files.reduce(0) { $0.addingSaturated($1.size ?? 0) } }

  /// Folders of it in which nothing is.
  var emptyFolders: [Entry] {
    let holding = Set(tree.entries.map(\.path.parent))
    return tree.entries.filter { $0.isDirectory && $0.path != place.path && !holding.contains($0.path) }
  }

  /// How much several have put there, for people.
  static func size(of runs: [VaultRun]) -> String {
    let empty = runs.reduce(0) { $0 + $1.emptyFolders.count }
    let parts = [
      counted(runs.reduce(0) { $0 + $1.files.count }, "file"), empty > 0 ? counted(empty, "empty folder") : nil,
      formatted(bytes: runs.reduce(UInt64(0)) { $0.addingSaturated($1.bytes) }),
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  /// One line of a list.
  func line(_ date: DateText) -> String {
    let origin = origin.map { shown($0) } ?? "from an unknown folder"
    return "\(word)  \(date.full(began))  \(origin)  \(Self.size(of: [self]))"
  }

  func json(_ type: String = "vaultRun") -> JSONLine {
    JSONLine(
      type,
      [
        "number": .number(number), "name": .text(name), "isOwn": .truth(isOwn),
        "began": .text(DateText.utc(Timestamp(seconds: Int64(began.timeIntervalSince1970)))),
        "folder": .text(String(decoding: place.typed.pathBytes, as: UTF8.self)),
        "files": .count(files.count), "emptyFolders": .count(emptyFolders.count), "bytes": .size(bytes),
      ]
      .with("origin", origin.map { .text(String(decoding: $0.pathBytes, as: UTF8.self)) })
    )
  }
}
