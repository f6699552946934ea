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

  var files: [Entry] { tree.entries.filter { !$0.isDirectory } }
  var bytes: UInt64 { files.reduce(0) { $0.addingSaturated($1.size ?? 0) } }

  /// One line of a list.
  func line(_ date: DateText) -> String {
    let size = "\(counted(files.count, "file")), \(formatted(bytes: bytes))"
    return "\(number)  \(date.full(began))  \(shown(origin))  \(size)"
  }

  func json(_ type: String = "vaultRun") -> JSONLine {
    JSONLine(
      type,
      [
        "number": .number(number), "began": .text(DateText.utc(Timestamp(seconds: Int64(began.timeIntervalSince1970)))),
        "origin": .text(origin), "folder": .text(place.typed), "files": .count(files.count), "bytes": .size(bytes),
      ]
    )
  }
}
