internal import Foundation
internal import Glibc
internal import Logging
internal import Storage
internal import SyncEngine
internal import SystemPackage

/// The three logs of one run, named with the run's time: what it did, what it found in the destination, and what an
/// earlier run copied there that is gone.
struct RunLogs: Sendable {
  /// All operations, with levels.
  let main: Logger
  private let destinationFiles: Logger
  private let missing: Logger
  private let files: [LogFile]
  /// Where they could be written nowhere.
  static let none = RunLogs(files: [], level: .critical)

  private static let names = ["main_logger", "all_files_in_directory2", "missing_files_from_checkpoint"]
  /// Commands about single files, whose logs have their names in theirs, and are counted apart, so that many of them do not
  /// drop those of a backup.
  static let fileCommands: Set<String> = ["copy", "mkdir", "mv", "rm"]
  private static let buffer = 64 << 10

  /// Where the main log is, for people; `nil` if there is none.
  var path: String? { files.first?.path }

  /// Makes the logs of a run that starts now, and the folder they are in, and removes those of all but the newest
  /// `keep` runs, of which this is one; those of file commands and those of all else apart. Fails if the folder cannot be made or written to.
  static func open(
    in directory: String,
    keep: Int,
    isVerbose: Bool,
    fileCommand: String? = nil,
    _ context: CommandContext
  ) throws(Failure) -> RunLogs {
    try check(directory)
    let files = try newFiles(in: directory, fileCommand, context)
    prune(directory, keep: keep - 1, ofFileCommands: fileCommand != nil, besides: Set(files.map(\.path)))
    return RunLogs(files: files, level: isVerbose ? .debug : .info)
  }

  /// Makes the folder of logs. Fails if it cannot be made or written to, for commands that write theirs once all is done.
  static func check(_ directory: String) throws(Failure) {
    do throws(Errno) {
      try makeFolder(directory, rights: 0o777)
      guard unsafe access(directory, W_OK | X_OK) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      throw cannotWrite(directory, because: error.description)
    }
  }

  private init(files: [LogFile], level: Logger.Level) {
    func logger(_ number: Int) -> Logger {
      Logger(label: Self.names[number]) { _ in
        guard number < files.count else { return SwiftLogNoOpLogHandler() }
        return FileLogHandler(logLevel: level, file: files[number])
      }
    }
    self.files = files
    main = logger(0)
    destinationFiles = logger(1)
    missing = logger(2)
  }

  /// Two runs can start in one second: the later one's name gets a number.
  private static func newFiles(
    in directory: String,
    _ fileCommand: String?,
    _ context: CommandContext
  ) throws(Failure) -> [LogFile] {
    let time = DateText(context.timeZone).full(context.now(), separator: "T", between: "-")
    for number in 1...999 {
      let run = (number == 1 ? time : "\(time)-\(number)") + (fileCommand.map { "_\($0)" } ?? "")
      do throws(Errno) {
        return try names.enumerated().map { (index, name) throws(Errno) in
          try LogFile(
            path: "\(directory)/\(name)_\(run).log",
            buffer: index == 0 ? 0 : buffer,
            zone: context.timeZone,
            now: context.now
          )
        }
      } catch {
        if error != .fileExists { throw cannotWrite(directory, because: error.description) }
      }
    }
    throw cannotWrite(directory, because: "too many runs began in this second")
  }

  private static func cannotWrite(_ directory: String, because reason: String) -> Failure {
    Failure(
      .notPossible,
      "The logs cannot be written to \(shown(directory)): \(reason)",
      cure: "Name another folder with --log-dir."
    )
  }

  /// Removes the logs of all runs but the newest `keep`, and those of the run that begins: its time may be before that of
  /// others, if the clock was wrong then or is now.
  private static func prune(_ directory: String, keep: Int, ofFileCommands: Bool, besides own: Set<String>) {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    var runs: [String: [String]] = [:]
    for file in all where file.hasSuffix(".log") && !own.contains("\(directory)/\(file)") {
      guard let name = names.first(where: { file.hasPrefix($0 + "_") }) else { continue }
      let run = file.dropFirst(name.count + 1).dropLast(".log".count)
      guard let match = run.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(-\d+)?(_[a-z]+)?/),
        (match.2 != nil) == ofFileCommands
      else { continue }
      runs[String(run), default: []].append(file)
    }
    let old = runs.keys.sorted { $0.localizedStandardCompare($1) == .orderedAscending }.dropLast(keep)
    for file in old.flatMap({ runs[$0] ?? [] }) { try? FileManager.default.removeItem(atPath: "\(directory)/\(file)") }
  }

  /// Writes an event of the run down, with the step it is about.
  func take(_ event: Event, step: Action?, place: String? = nil) {
    switch event {
    case .scanned(.destination, let entries, _):
      for entry in entries.sorted(by: { $0.path < $1.path }) { destinationFiles.info("\(line(entry))") }
    case .planned(let plan):
      for action in plan.actions where action.reason == .missingFromCheckpoint { missing.info("\(action.path.shown)") }
    case .ended(_, .skipped(.missingFromCheckpoint)):
      // What seemed to have another place there is another file.
      if let step, case .follow = step.change { missing.info("\(step.path.shown)") }
    default: break
    }
    for message in LogMessage.all(event, step: step, place: place) { main.log(level: message.level, "\(message.text)") }
    // One by one, and made only where they are wanted.
    if case .planned(let plan) = event { for action in plan.actions { main.debug("plan: \(action.line)") } }
  }

  private func line(_ entry: Entry) -> String {
    let size = entry.size.map { "\($0) bytes" } ?? (entry.isDirectory ? "folder" : "unknown size")
    let date = entry.times.modified.map(DateText.utc) ?? "no date"
    return "\(entry.path.shown) (\(size), \(date))"
  }

  /// Writes what is waiting.
  func flush() { for file in files { file.flush() } }

  /// Writes what is waiting, and tells which logs are not whole.
  func end() -> [String] {
    flush()
    return files.compactMap { file in
      file.failure.map { "The log \(shown(file.path)) is not whole: \($0.description)." }
    }
  }
}
