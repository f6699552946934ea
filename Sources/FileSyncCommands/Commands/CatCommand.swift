internal import ArgumentParser
internal import Foundation
internal import Storage
internal import Synchronization
internal import SystemPackage

/// `filesync cat`
struct CatCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Writes the contents of files to standard output.",
    discussion: """
      Nothing else is written there, so that it can be piped or redirected. With --json, their bytes are in Base64.
      """
  )

  @Argument(help: "Paths, or mtp:DEVICE/STORAGE/PATH.", completion: .file()) var locations: [String]
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let locations = try locations.map { text throws(Failure) in (text, try Location(text)) }
    let tally = Tally(context, json: json)
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      try await tally.each(locations) { (text, location) throws(Failure) in
        for place in try await places.findAll(location, typed: text, following: true) {
          try await write(place, text, context)
          tally.done()
        }
      }
      return tally.status
    }
  }

  private func write(_ place: Place, _ typed: String, _ context: CommandContext) async throws(Failure) {
    let entry = try await place.entry()
    guard entry.kind == .file else {
      throw place.failure(StorageError(.notAFile, .nextFile, cause: "It is not a file"))
    }
    let sink = OutputSink(context.output, location: json ? typed : nil)
    try await context.interruptible { control throws(Failure) in
      do throws(StorageError) {
        let count = try await place.volume.storage.read(entry, from: 0, into: sink, control)
        guard entry.size == nil || entry.size == count else {
          throw StorageError(.wrongLength, .nextFile, cause: "Not as many bytes came as were listed")
        }
        if json {
          let fields: [String: JSONValue] = ["location": .text(typed), "bytes": .number(Int64(clamping: count))]
          context.output.line(JSONLine("read", fields).text)
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

/// Passes a file's bytes on to an output: as they are, or as lines.
private final class OutputSink: ByteSink {
  private let output: Output
  /// What the lines are about; `nil` for the bytes as they are.
  private let location: String?
  private let failed = Mutex<Errno?>(nil)
  private let written = Mutex<Int64>(0)

  init(_ output: Output, location: String?) { (self.output, self.location) = (output, location) }

  /// Why the output took no more.
  var failure: Errno? { failed.withLock(\.self) }

  func write(_ bytes: RawSpan) throws(StorageError) {
    do throws(Errno) {
      if let location { try writeLines(bytes, location) } else { try output.writeBytes(bytes) }
    } catch {
      failed.withLock { $0 = error }
      throw StorageError(.cancelled, .stop, cause: "The output takes no more")
    }
  }

  /// Of some ten thousand bytes each, so that nobody has to hold a long one.
  private func writeLines(_ bytes: RawSpan, _ location: String) throws(Errno) {
    for start in stride(from: 0, to: bytes.byteCount, by: 48 << 10) {
      let part = bytes.extracting(start..<min(start + (48 << 10), bytes.byteCount))
      let offset = written.withLock { count in
        defer { count += Int64(part.byteCount) }
        return count
      }
      let text = unsafe part.withUnsafeBytes { unsafe Data($0).base64EncodedString() }
      let fields: [String: JSONValue] = ["location": .text(location), "offset": .number(offset), "base64": .text(text)]
      let line = Array((JSONLine("contents", fields).text + "\n").utf8)
      unsafe try output.writeBytes(line.span.bytes)
    }
  }
}
