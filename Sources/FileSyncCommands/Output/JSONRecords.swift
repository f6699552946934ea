internal import Foundation
internal import MTPStorage
internal import Storage
internal import SyncEngine

// What the lines hold. A field that is not known is left out.

extension JSONValue {
  static func error(_ error: StorageError) -> JSONValue {
    .object(
      ["reason": .text(error.reason.rawValue), "cause": .text(error.cause)]
        .with("cure", error.reason.advice.cure.map(JSONValue.text))
        .with("code", error.code.map { .number(Int64($0)) })
        .with(error.path)
    )
  }

  static func refusal(_ refusal: Refusal) -> JSONValue {
    let word =
      switch refusal {
      case .manyMissing: "manyMissing"
      case .storageReplaced: "storageReplaced"
      case .sourceEmptied: "sourceEmptied"
      case .nothingRecordedAtSource: "nothingRecordedAtSource"
      case .copiesFromElsewhere: "copiesFromElsewhere"
      case .manyDeletions: "manyDeletions"
      case .manyLost: "manyLost"
      case .foldersOverlap: "foldersOverlap"
      case .readOnly: "readOnly"
      case .noSpace: "noSpace"
      }
    return .object(["reason": .text(word), "cause": .text(refusal.failure().cause)])
  }
}

extension JSONLine {
  /// How a command that failed ends, in place of `finished`; or, with another type, one thing that failed.
  init(_ failure: Failure, type: String = "error") {
    let fields = ["status": .number(Int64(failure.status.rawValue)), "cause": JSONValue.text(failure.cause)]
    self.init(type, fields.with("cure", failure.cure.map(JSONValue.text)))
  }

  init(_ entry: Entry) {
    let kind: [String: JSONValue] =
      switch entry.kind {
      case .file: ["kind": .text("file")]
      case .directory: ["kind": .text("folder")]
      case .symbolicLink(let target): ["kind": .text("link"), "target": .text(String(decoding: target, as: UTF8.self))]
      case .special: ["kind": .text("special")]
      }
    self.init(
      "entry",
      kind.with(entry.path)
        .with("size", entry.size.map(JSONValue.size))
        .with("modified", entry.times.modified.map { .text(DateText.utc($0)) })
        .with("created", entry.times.created.map { .text(DateText.utc($0)) })
        .with("ownName", entry.ownName.map { .text($0.text) })
    )
  }

  init(_ action: Action) {
    var fields: [String: JSONValue] = [
      "id": .number(Int64(action.id)), "change": .text(action.change.word), "reason": .text(action.reason.rawValue),
      "bytes": .size(action.bytes),
    ]
    fields["partBytes"] = action.part?.size.map(JSONValue.size)
    if case .keepBoth(let other) = action.change { fields["as"] = .text(other.text) }
    if case .follow(let other) = action.change { fields["at"] = .text(other.text) }
    if case .move(let old) = action.change { fields["from"] = .text(old.text) }
    if action.change == .delete { fields["deletedBytes"] = action.destination?.size.map(JSONValue.size) }
    if action.change.mayDate || action.reason == .otherDates {
      fields["modified"] = action.source?.times.modified.map { .text(DateText.utc($0)) }
      fields["was"] = action.destination?.times.modified.map { .text(DateText.utc($0)) }
    }
    switch action.naming {
    case .same: break
    case .beside: fields["naming"] = .text("beside")
    case .mapped(let name):
      fields["naming"] = .text("mapped")
      fields = fields.with(trueName: name)
    case .restored: fields["naming"] = .text("restored")
    }
    self.init("step", fields.with("ownName", action.source?.ownName.map { .text($0.text) }).with(action.path))
  }

  /// What an event says; `nil` for those that other lines cover. `place` is the folder it is about, as a location.
  static func line(_ event: Event, step: Action?, place: String?) -> JSONLine? {
    func about(_ id: Action.ID?, _ fields: [String: JSONValue] = [:]) -> [String: JSONValue] {
      fields.with("step", id.map { .number(Int64($0)) }).with(step?.path)
    }
    switch event {
    case .started(let run, let resumes):
      return JSONLine("started", ["run": .text("\(run)")].with("resumes", resumes.map { .text("\($0)") }))
    case .scanning(let side, let entries, let path):
      return JSONLine("scanning", ["side": .text(side.rawValue), "entries": .count(entries)].with(path))
    case .scanned(let side, let entries, let unlisted):
      let missing = unlisted.sorted { $0.key < $1.key }.flatMap { folder, missing in
        missing.map { item in
          JSONValue.object(["name": .text(item.name), "reason": .text(item.reason.rawValue)].with(folder))
        }
      }
      return JSONLine(
        "scanned",
        ["side": .text(side.rawValue), "entries": .count(entries.count), "unlisted": .list(missing)]
      )
    case .planned: return nil
    case .setAside(let item): return JSONLine("setAside", item.fields)
    case .began(let id): return JSONLine("began", about(id))
    case .progress(let id, let bytes): return JSONLine("progress", about(id, ["bytes": .size(bytes)]))
    case .resuming(let id, let offset): return JSONLine("resuming", about(id, ["bytes": .size(offset)]))
    case .verifying(let id, let path, let bytes):
      return JSONLine("verifying", ["bytes": .size(bytes)].with("step", id.map { .number(Int64($0)) }).with(path))
    case .verified(let id): return JSONLine("verified", about(id))
    case .ended(let id, let outcome): return JSONLine("ended", about(id, outcome.fields))
    case .retrying(let id, let error, let attempt):
      return JSONLine("retrying", about(id, ["error": .error(error), "attempt": .count(attempt)]))
    case .waiting(let error): return JSONLine("waiting", ["error": .error(error)])
    case .warning(let error): return JSONLine("warning", ["error": .error(error)])
    case .keptVersions(let count, _, _):
      return JSONLine("keptVersions", ["count": .count(count)].with("location", place.map(JSONValue.text)))
    case .finished(let ending, let counts):
      return JSONLine("finished", ["ending": .text(ending.word), "counts": .object(counts.fields)])
    }
  }
}

extension Outcome {
  fileprivate var fields: [String: JSONValue] {
    switch self {
    case .done(let modified, let created):
      ["outcome": .text("done"), "modified": .text(modified.rawValue), "created": .text(created.rawValue)]
    case .skipped(let reason): ["outcome": .text("skipped"), "reason": .text(reason.rawValue)]
    case .failed(let error): ["outcome": .text("failed"), "error": .error(error)]
    }
  }
}

extension Counts {
  var fields: [String: JSONValue] {
    func fates(_ counts: [DateFate: Int]) -> JSONValue {
      .object(Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, .count($0.value)) }))
    }
    let fields: [String: JSONValue] = [
      "foldersMade": .count(foldersMade), "filesCopied": .count(filesCopied), "filesReplaced": .count(filesReplaced),
      "filesKeptBoth": .count(filesKeptBoth), "linksCopied": .count(linksCopied), "filesMoved": .count(filesMoved),
      "filesFollowed": .count(filesFollowed),
      "adopted": .count(adopted),
      "filesDeleted": .count(filesDeleted), "foldersDeleted": .count(foldersDeleted),
      "bytesDeleted": .size(bytesDeleted), "permissionsSet": .count(permissionsSet),
      "unchanged": .count(unchanged), "skipped": .count(skipped), "failed": .count(failed),
      "namesMapped": .count(namesMapped), "namesRestored": .count(namesRestored), "namesBeside": .count(namesBeside),
      "missingFromCheckpoint": .count(missingFromCheckpoint), "bytesCopied": .size(bytesCopied),
      "verified": .count(verified),
      "datesMended": .count(datesMended), "datesInAssumedZone": .count(datesInAssumedZone),
      "modified": fates(modified), "created": fates(created), "folderDates": fates(folderDates),
      "folderCreated": fates(folderCreated),
    ]
    return fields.with("moved", moved.map { .count($0) }).with("removed", removed.map { .count($0) })
  }
}

extension Change {
  /// Whether the step can give a file of the destination another date.
  fileprivate var mayDate: Bool {
    switch self {
    case .adopt(let setTimes): setTimes
    case .compare, .follow: true
    case .makeFolder, .copy, .copyLink, .replace, .keepBoth, .move, .delete, .skip: false
    }
  }
}
