internal import Foundation
internal import Journal
internal import Storage
internal import SyncEngine

extension RunRecord {
  /// What matters of the policy; of an older run's not all may be known.
  private struct Policy: Decodable {
    var keepsRecord: Bool?
    var onlyDates: Bool?
    var command: String?
    var mirror: Mirror?
    var twoWay: Mirror?
    var frees: Bool?
  }

  private var knownPolicy: Policy? { try? JSONDecoder().decode(Policy.self, from: Data(policy.utf8)) }

  /// Whether what it copied was to be removed at the source then.
  var frees: Bool { knownPolicy?.frees == true }

  /// The command that was run.
  var command: String {
    let policy = knownPolicy
    if let command = policy?.command { return shown(command) }
    if policy?.onlyDates == true { return "dates" }
    if policy?.mirror != nil { return "mirror" }
    if policy?.twoWay != nil { return "two-way" }
    return policy?.keepsRecord == false ? "copy" : "sync"
  }

  /// What it did; `nil` where it has not come to its end.
  var numbers: Counts? {
    counts.flatMap { try? JSONDecoder().decode(Counts.self, from: Data($0.utf8)) }
  }

  private var words: String {
    let end = endingWords
    guard let numbers else { return end }
    let parts = [
      ((numbers.moved ?? 0) + numbers.filesMoved, "moved"), (numbers.removed ?? 0, "removed"),
      (command == "mkdir" ? numbers.foldersMade : 0, "made"), (numbers.filesCopied + numbers.linksCopied, "copied"),
      (numbers.filesReplaced, "replaced"), (numbers.verified, "verified"),
      (numbers.filesDeleted, "deleted"), (numbers.filesKeptBoth, "kept in both versions"),
      (numbers.filesFollowed, "found where \(numbers.filesFollowed == 1 ? "it was" : "they were") moved to"),
      (numbers.adopted, command == "dates" ? "dated" : "put on record"),
      (numbers.datesMended, "given their right dates"),
      (numbers.unchanged, command == "check" ? "the same" : "up to date"),
      (numbers.skipped, command == "check" ? "not" : "left out"), (numbers.failed, "failed"),
    ]
    let text = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return text.isEmpty ? end : "\(end): \(text)"
  }

  /// How it ended, by the engine's word for it.
  private var endingWords: String {
    switch ending {
    case "someFailed": "done in part"
    case "notReady": "stopped: a device, or another run, was in the way"
    case "refused": "stopped by a safety rule"
    case "notPossible": "stopped by an error"
    case "journalFailed": "stopped: the journal could not be written"
    case nil: goesOn ? "going on" : "cut off, as by a power cut"
    case let word?: shown(word)
    }
  }

  /// One line of the list.
  func line(_ date: DateText) -> String {
    let time = date.full(Timestamp(seconds: started))
    let isAtOnePlace = ["mkdir", "rm"].contains(command)
    let ends = isAtOnePlace ? source.location : "\(source.location) \u{2192} \(destination.location)"
    return "\(id)  \(time)  \(command)  \(ends)  \(words)"
  }

  var json: JSONLine {
    JSONLine(
      "run",
      [
        "number": .number(id), "run": .text("\(uuid)"), "command": .text(command),
        "started": .text(DateText.utc(Timestamp(seconds: started))), "source": .text(source.location),
        "destination": .text(destination.location), "goesOn": .truth(goesOn),
      ]
      .with("ended", ended.map { .text(DateText.utc(Timestamp(seconds: $0))) })
      .with("ending", ending.map(JSONValue.text))
      .with("counts", numbers.map { .object($0.fields) })
    )
  }
}

extension RunRecord.End {
  /// As it would be named today, escaped.
  fileprivate var location: String { shown(typed) }

  /// As it would be typed today.
  var typed: String {
    // A run within one folder has it at both ends, once under a name that the journal makes of it.
    let isWithin = path == [UInt8(ascii: ".")] || path.suffix(2).elementsEqual("/.".utf8)
    let path = String(pathBytes: isWithin ? path.dropLast(path.count > 1 ? 2 : 1) : path[...])
    guard let device else { return path.isEmpty ? "/" : path }
    let serial = [device.usbSerial, device.mtpSerial].compactMap(\.self).first { !$0.isEmpty }
    let names = [serial ?? device.model, label ?? ""].map(escapedForLocation)
    return "mtp:" + names.joined(separator: "/") + (path.isEmpty ? "" : "/" + path)
  }
}

extension StepRecord {
  /// One line of a run's steps.
  var line: String {
    let because = code ?? reason
    // With a code it was not done.
    let told = Reason(rawValue: because).map { code == nil ? $0.words(of: change) : $0.words }
    let words = told ?? StorageError.Reason(rawValue: because)?.words ?? shown(because)
    let end = ["intent": "unfinished", "sent": "unfinished", "skipped": "left out"][phase] ?? shown(phase)
    guard change != Change.skip.word else { return "\(end)  \(path.shown)  (\(words))" }
    let kind =
      ["makeFolder": "folder", "copyLink": "link", "keepBoth": "keep both", "setAside": "rename"][change]
      ?? shown(change)
    let other = target.flatMap { $0 == path ? nil : " \u{2192} \($0.shown)" } ?? ""
    return "\(end)  \(kind)  \(path.shown)\(other)" + (words.isEmpty ? "" : "  (\(words))")
  }

  var json: JSONLine {
    JSONLine(
      "recordedStep",
      ["step": .number(sequence), "change": .text(change), "reason": .text(reason), "phase": .text(phase)]
        .with("code", code.map(JSONValue.text))
        .with("target", target.map { .text($0.text) })
        .with(path)
    )
  }
}
