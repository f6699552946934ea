internal import Foundation
internal import Storage

/// The name under which a file is kept beside another of its name: `NAME (DEVICE DATE).EXT`.
struct KeptName {
  /// Where the file comes from, in words: the device's model.
  let origin: String
  let rules: NameRules

  init(source: StorageIdentity, rules: NameRules) {
    let root = String(decoding: source.root.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
    let words = source.device?.model ?? source.label ?? root
    origin = String(String.UnicodeScalarView(words.unicodeScalars.map { $0 == "/" || $0.value < 0x20 ? "_" : $0 }))
    self.rules = rules
  }

  /// A path beside `path` that the destination can hold and that is not `taken`; `nil` if there is none.
  func beside(_ path: RelativePath, date: Timestamp, taken: (RelativePath) -> Bool) -> RelativePath? {
    let parts = NameParts(path.name)
    for number in 1...999 {
      let words = [origin, day(date), number > 1 ? String(number) : ""].filter { !$0.isEmpty }.joined(separator: " ")
      guard let name = parts.adding(" (\(words))", allowedBy: rules), let kept = path.parent.appending(name) else {
        return nil
      }
      if !taken(kept) { return kept }
    }
    return nil
  }

  private func day(_ date: Timestamp) -> String {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
    return Date(timeIntervalSince1970: Double(date.seconds)).formatted(style)
  }
}
