import Storage
import StorageContract
import Testing

/// Files that are read before somebody takes them.
@Suite struct FileReadingTests {
  private let source = InMemoryStorage()
  private let destination = InMemoryStorage()
  private let control = TransferControl()
  private let names = ["a", "b", "c"]

  // Larger than a pipe, so that none can be read without a taker.
  init() throws {
    for (index, name) in names.enumerated() {
      try source.put(.file(name, someBytes(5_000_000, seed: UInt64(index))))
    }
  }

  @Test(.timeLimit(.minutes(1))) func whatIsReadAheadArrivesInOrder() async throws {
    var readings: [FileReading] = []
    for name in names {
      let file = try await source.find(.of(name))
      readings.append(FileReading(file, from: source, after: readings.last, control: control))
    }
    for (index, reading) in readings.enumerated() {
      let order = order(names[index], size: 5_000_000, number: UInt64(index))
      _ = try await destination.finish(try await copy(reading, to: destination, order: order, control: control))
      // Only what was taken is counted.
      #expect(control.bytes == UInt64(index + 1) * 5_000_000)
      #expect(destination.contents(of: .of(names[index])) == source.contents(of: .of(names[index])))
    }
  }

  @Test(.timeLimit(.minutes(1))) func aDroppedReadingFreesItsStorage() async throws {
    let file = try await source.find(.of("a"))
    let first = FileReading(file, from: source, control: control)
    let second = FileReading(try await source.find(.of("b")), from: source, after: first, control: control)
    await first.drop()
    await second.drop()
    #expect(try await source.bytes(of: file).count == 5_000_000)
    #expect(control.bytes == 0)
  }

  @Test(.timeLimit(.minutes(1))) func aCancelEndsAReadingThatNobodyTakes() async throws {
    let reading = FileReading(try await source.find(.of("a")), from: source, control: control)
    control.cancel()
    let error = await #expect(throws: StorageError.self) {
      try await copy(reading, to: destination, order: order("a", size: 5_000_000), control: control)
    }
    #expect(error?.reason == .cancelled)
    #expect(destination.paths.isEmpty)
  }
}
