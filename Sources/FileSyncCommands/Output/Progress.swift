internal import Foundation
internal import SyncEngine

/// How far a run is, for the progress bar.
struct Progress: Sendable {
  /// All that the plan moves.
  private var totalBytes: UInt64
  private var totalFiles: Int
  private var doneBytes: UInt64 = 0
  private var doneFiles = 0
  /// Of a plan that copies nothing the comparisons are what takes time.
  private let countsAll: Bool
  /// Bytes of the steps under way.
  private var arrived: [Action.ID: UInt64] = [:]
  /// Recent totals and when they were reached, in seconds, oldest first: the rate is taken over these.
  private var recent: [(time: Double, bytes: UInt64)] = []

  /// Seconds over which the rate is taken.
  private static let span = 10.0

  init(_ plan: Plan, at time: Double) {
    countsAll = !plan.actions.contains(where: \.movesFile)
    (totalBytes, totalFiles) = (0, 0)
    for step in plan.actions where counts(step) {
      totalBytes = totalBytes.addingSaturated(step.bytes)
      totalFiles += 1
    }
    recent = [(time, 0)]
  }

  /// Bytes that have arrived, of finished steps and of those under way.
  var bytes: UInt64 { arrived.values.reduce(doneBytes) { $0.addingSaturated($1) } }

  /// Files whose step has not ended.
  var filesLeft: Int { totalFiles - doneFiles }

  /// Takes what ``Event/progress(_:bytes:)`` says.
  mutating func advance(_ step: Action.ID, to bytes: UInt64, at time: Double) {
    arrived[step] = bytes
    note(time)
  }

  /// Takes the end of a step. What was not done is not waited for any longer.
  mutating func end(_ step: Action, _ outcome: Outcome, at time: Double) {
    arrived[step.id] = nil
    guard counts(step) else { return }
    if case .done = outcome {
      doneBytes = doneBytes.addingSaturated(step.bytes)
    } else {
      totalBytes -= min(step.bytes, totalBytes)
    }
    doneFiles += 1
    note(time)
  }

  private func counts(_ step: Action) -> Bool { step.movesFile || countsAll && step.change != .skip }

  private mutating func note(_ time: Double) {
    recent.append((time, bytes))
    while recent.count > 2, time - recent[1].time >= Self.span { recent.removeFirst() }
  }

  /// In bytes per second; `nil` as long as there is nothing to take it from.
  private var rate: Double? {
    guard let first = recent.first, let last = recent.last, last.bytes > first.bytes else { return nil }
    let seconds = last.time - first.time
    return seconds > 0.2 ? Double(last.bytes - first.bytes) / seconds : nil
  }

  /// One line of at most `width` columns; all of it is ASCII, so that a character is a column.
  func line(width: Int) -> String {
    let share =
      totalBytes > 0
      ? min(Double(bytes) / Double(totalBytes), 1) : totalFiles > 0 ? Double(doneFiles) / Double(totalFiles) : 1
    var parts = [
      String(format: "%3d%%", Int(share * 100)),
      "\(formatted(bytes: bytes)) of \(formatted(bytes: totalBytes))",
      "\(doneFiles) of \(counted(totalFiles, "file"))",
    ]
    if totalBytes == 0 { parts.remove(at: 1) }
    if let rate {
      parts.append(formatted(bytes: UInt64(rate)) + "/s")
      parts.append(formatted(seconds: Double(totalBytes - min(bytes, totalBytes)) / rate) + " left")
    }
    while parts.count > 1, parts.joined(separator: "  ").count > width { parts.removeLast() }
    let text = parts.joined(separator: "  ")
    let columns = min(width - text.count - 4, 30)
    guard columns >= 10 else { return String(text.prefix(max(width, 0))) }
    let filled = Int(share * Double(columns))
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: columns - filled)
    return "[\(bar)]  \(text)"
  }
}

extension Action {
  /// Whether the step is counted among the files that the progress bar speaks of.
  var movesFile: Bool {
    switch change {
    case .copy, .copyLink, .replace, .keepBoth: true
    case .makeFolder, .adopt, .compare, .move, .follow, .delete, .skip: false
    }
  }
}
