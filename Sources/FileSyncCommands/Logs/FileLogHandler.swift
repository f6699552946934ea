internal import Foundation
internal import Logging
internal import Synchronization
internal import SystemPackage

/// Writes a log to a file: one line per message, with its date and level.
struct FileLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let file: LogFile

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
    let suffix = fields.map { " \($0.key)=\($0.value)" }.joined()
    file.write("\(event.level) \(event.message)\(suffix)")
  }
}

/// A log file that several threads write to.
final class LogFile: Sendable {
  private struct State {
    var file: FileDescriptor?
    var waiting: [UInt8] = []
    var failure: Errno?
  }

  let path: String
  private let state: Mutex<State>
  private let now: @Sendable () -> Date
  private let date: DateText
  /// How many bytes may wait, so that a listing of many lines is written in few calls; 0 writes each line at once.
  private let buffer: Int

  /// Makes a new file.
  /// - Throws: `Errno`, also if there is one already.
  init(path: String, buffer: Int = 0, zone: TimeZone, now: @escaping @Sendable () -> Date) throws(Errno) {
    self.path = path
    self.buffer = buffer
    self.now = now
    date = DateText(zone)
    do {
      let file = try FileDescriptor.open(
        FilePath(path),
        .writeOnly,
        options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite]
      )
      state = Mutex(State(file: file))
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// Adds a line. `text` must be escaped.
  func write(_ text: String) {
    let now = now()
    let line = "\(date.full(now, separator: "T"))\(date.offset(now)) \(text)\n"
    state.withLock { state in
      state.waiting += line.utf8
      if state.waiting.count > buffer { Self.flush(&state) }
    }
  }

  /// Writes what is waiting. Also at the end: nothing else does.
  func flush() { state.withLock { Self.flush(&$0) } }

  /// Why it ends before its end.
  var failure: Errno? { state.withLock(\.failure) }

  /// A log that cannot be written, on a full disk say, does not stop a sync; it only ends.
  private static func flush(_ state: inout State) {
    do {
      try state.file?.writeAll(state.waiting)
    } catch {
      state.failure = error as? Errno ?? .ioError
      try? state.file?.close()
      state.file = nil
    }
    state.waiting = []
  }

  deinit {
    flush()
    state.withLock { state in try? state.file?.close() }
  }
}
