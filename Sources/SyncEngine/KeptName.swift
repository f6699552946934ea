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
    let name = Array(path.name)
    // A leading dot hides a file and begins no extension.
    let dot = name.lastIndex(of: UInt8(ascii: ".")) ?? 0
    let (stem, suffix) = dot > 0 ? (name[..<dot], name[dot...]) : (name[...], [])
    for number in 1...999 {
      let words = [origin, day(date), number > 1 ? String(number) : ""].filter { !$0.isEmpty }.joined(separator: " ")
      let addition = " (\(words))".utf8.map { rules.forbidden.contains($0) ? UInt8(ascii: "_") : $0 }
      guard let fitting = fit(stem, before: addition + suffix), let kept = path.parent.appending(fitting) else {
        return nil
      }
      if !taken(kept) { return kept }
    }
    return nil
  }

  /// Shortens the stem, by whole characters, until the name is allowed.
  private func fit(_ stem: ArraySlice<UInt8>, before rest: [UInt8]) -> [UInt8]? {
    var stem = stem
    while !stem.isEmpty {
      let name = stem + rest
      if rules.allow(name) { return Array(name) }
      // Bytes 10xxxxxx continue a UTF-8 character.
      while let byte = stem.popLast(), byte & 0b1100_0000 == 0b1000_0000 {}
    }
    return nil
  }

  private func day(_ date: Timestamp) -> String {
    let style = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day()
    return Date(timeIntervalSince1970: Double(date.seconds)).formatted(style)
  }
}
