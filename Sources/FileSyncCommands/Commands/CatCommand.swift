internal import ArgumentParser
internal import Storage
internal import Synchronization
internal import SystemPackage

/// `filesync cat`
struct CatCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Writes the contents of files to standard output.",
    discussion: "Nothing else is written there, so that it can be piped or redirected."
  )

  @Argument(help: "Paths, or mtp:DEVICE/STORAGE/PATH.", completion: .file()) var locations: [String]
  @OptionGroup var waiting: WaitOption

  /// Standard output belongs to the files.
  var json: Bool { false }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let locations = try locations.map { text throws(Failure) in (text, try Location(text)) }
    let tally = Tally(context, json: false)
    return try await Places.use(context, wait: waiting.seconds) { places throws(Failure) in
      try await tally.each(locations) { (text, location) throws(Failure) in
        for place in try await places.findAll(location, typed: text, following: true) {
          try await write(place, context)
          tally.done()
        }
      }
      return tally.status
    }
  }

  private func write(_ place: Place, _ context: CommandContext) async throws(Failure) {
    let entry = try await place.entry()
    guard entry.kind == .file else {
      throw place.failure(StorageError(.notAFile, .nextFile, cause: "It is not a file"))
    }
    let sink = OutputSink(context.output)
    try await context.interruptible { control throws(Failure) in
      do throws(StorageError) {
        let count = try await place.volume.storage.read(entry, from: 0, into: sink, control)
        guard entry.size == nil || entry.size == count else {
          throw StorageError(.wrongLength, .nextFile, cause: "Not as many bytes came as were listed")
        }
      } catch {
        switch sink.failure {
        case nil:
          var failure = place.failure(error)
          failure.cure = error.reason.advice(goesOn: false).cure
          throw failure
        // As a program ends whom the shell tells of it: without a word.
        case .brokenPipe?: throw Failure(.brokenPipe, "")
        case let failure?: throw Failure(.notPossible, "Writing to standard output failed: \(failure)")
        }
      }
    }
  }
}

/// Passes a file's bytes on to an output.
private final class OutputSink: ByteSink {
  private let output: Output
  private let failed = Mutex<Errno?>(nil)

  init(_ output: Output) { self.output = output }

  /// Why the output took no more.
  var failure: Errno? { failed.withLock(\.self) }

  func write(_ bytes: RawSpan) throws(StorageError) {
    do throws(Errno) {
      try output.writeBytes(bytes)
    } catch {
      failed.withLock { $0 = error }
      throw StorageError(.cancelled, .stop, cause: "The output takes no more")
    }
  }
}
