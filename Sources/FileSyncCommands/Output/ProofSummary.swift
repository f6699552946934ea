internal import Storage
internal import SyncEngine

/// What could be removed at a source, in words.
enum ProofSummary {
  /// `3 of 4 files (12.3 MB of 15 MB) on /disk, verified; last read back 2026-11-22 17:30:05.`, then what is not, and why.
  static func lines(_ proof: Proof, at place: String, _ date: DateText, names: Int? = nil) -> [String] {
    let safe = proof.files.filter(\.isVerified)
    let (bytes, all) = (formatted(bytes: safe.bytes), formatted(bytes: proof.files.bytes))
    let sizes = proof.isWhole ? bytes : "\(bytes) of \(all)"
    let times = safe.filter { $0.entry.kind == .file }.compactMap {
      if case .verified(let at) = $0.verdict { at } else { nil }
    }
    var when = ""
    if let first = times.min(), let last = times.max() {
      let texts = [first, last].map { date.full(Timestamp(seconds: $0)) }
      when = first == last ? "; read back \(texts[0])" : "; read back from \(texts[0]) to \(texts[1])"
    }
    let first = "\(safe.count) of \(proof.files.counted) (\(sizes)) on \(place), verified\(when)."
    return [first] + groups(proof.files.filter { !$0.isVerified }, "Not safe to remove", names) + gaps(proof)
  }

  /// What was not removed at the source, and why.
  static func kept(_ files: [Proof.File]) -> [String] { groups(files, "Kept at the source", nil) }

  private static func gaps(_ proof: Proof) -> [String] {
    var lines: [String] = []
    if proof.unlisted > 0 {
      lines.append("Not all of the source could be listed, so that nothing is known of the rest.")
    }
    for (paths, reason) in [(proof.filtered, "left out by the filters"), (proof.own, "FileSync's own")]
    where !paths.isEmpty {
      lines.append("Nothing is said of \(paths.count) (\(reason)): \(LeftOut.names(paths, of: paths.count))")
    }
    return lines
  }

  private static func groups(_ files: [Proof.File], _ label: String, _ names: Int?) -> [String] {
    let groups = Dictionary(grouping: files, by: \.words)
    return groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { words, files in
      let paths = files.map(\.entry.path)
      let shown = names == nil ? LeftOut.names(paths, of: paths.count) : paths.map(\.shown).joined(separator: ", ")
      return "\(label): \(files.counted), \(formatted(bytes: files.bytes)) (\(words)): \(shown)"
    }
  }
}

extension [Proof.File] {
  /// `1 file`, `3 files and links`.
  fileprivate var counted: String {
    if allSatisfy({ $0.entry.kind == .file }) { return FileSyncCommands.counted(count, "file") }
    return count == 1 ? "1 file or link" : "\(count) files and links"
  }

  fileprivate var bytes: UInt64 { reduce(0) { $0.addingSaturated($1.entry.size ?? 0) } }
}

extension Proof.File {
  /// Why it is safe to remove or not, in words.
  fileprivate var words: String {
    guard verdict == .differs, copy?.size == entry.size, entry.kind == .file else { return verdict.words }
    // By size and date it is the same, for every run that does not read both.
    return "something else of its size is there under its name; with --checksum a sync copies it"
  }
}

extension Proof.Verdict {
  /// Why a file is safe to remove or not, in words.
  var words: String {
    switch self {
    case .verified: "verified"
    case .unverified: "there, and never read back; --proof --verify reads it"
    case .changed: "changed since it was copied"
    case .otherDate: "there, but without its date"
    case .otherRights: "the same, with other access rights; --move gives it those of the source"
    case .differs: "something else is there under its name"
    case .notThere: "not there"
    case .failed(let error): "could not be read: \(shown(error.cause))"
    }
  }

  /// A stable word, used in JSON.
  fileprivate var word: String {
    switch self {
    case .verified: "verified"
    case .unverified: "unverified"
    case .changed: "changed"
    case .otherDate: "otherDate"
    case .otherRights: "otherRights"
    case .differs: "differs"
    case .notThere: "notThere"
    case .failed: "failed"
    }
  }
}

extension JSONLine {
  init(_ file: Proof.File) {
    var fields: [String: JSONValue] = ["verdict": .text(file.verdict.word), "bytes": .size(file.entry.size ?? 0)]
    if case .verified(let at) = file.verdict { fields["readBack"] = .text(DateText.utc(Timestamp(seconds: at))) }
    if case .failed(let error) = file.verdict { fields["error"] = .error(error) }
    self.init("proofFile", fields.with(file.entry.path))
  }

  init(_ proof: Proof) {
    let safe = proof.files.filter(\.isVerified)
    self.init(
      "proof",
      [
        "files": .count(proof.files.count), "bytes": .size(proof.files.bytes), "verified": .count(safe.count),
        "verifiedBytes": .size(safe.bytes), "unlisted": .count(proof.unlisted),
        "leftOut": .count(proof.filtered.count + proof.own.count), "isWhole": .truth(proof.isWhole),
      ]
    )
  }
}
