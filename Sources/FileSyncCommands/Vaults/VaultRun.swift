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
  /// Where it came from, as a location.
  let origin: String
  /// The folder, and all that is in it.
  let tree: RemovableTree

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

  /// One line of a list.
  func line(_ date: DateText) -> String {
    let size = "\(counted(files.count, "file")), \(formatted(bytes: bytes))"
    return "\(word)  \(date.full(began))  \(shown(origin))  \(size)"
  }

  func json(_ type: String = "vaultRun") -> JSONLine {
    JSONLine(
      type,
      [
        "number": .number(number), "name": .text(name), "isOwn": .truth(isOwn),
        "began": .text(DateText.utc(Timestamp(seconds: Int64(began.timeIntervalSince1970)))),
        "origin": .text(String(decoding: origin.pathBytes, as: UTF8.self)),
        "folder": .text(String(decoding: place.typed.pathBytes, as: UTF8.self)),
        "files": .count(files.count), "bytes": .size(bytes),
      ]
    )
  }
}
