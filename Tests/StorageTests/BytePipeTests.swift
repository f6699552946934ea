import Storage
import StorageContract
import Testing

/// One end of a pipe, on a thread of its own.
private actor End {
  private nonisolated let thread = StorageThread(label: "end")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

  /// Writes `bytes` in pieces and finishes.
  func write(_ bytes: [UInt8], piece: Int, into pipe: BytePipe) throws(StorageError) {
    assertIsolated()
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = Array(bytes[start...].prefix(piece))
      unsafe try pipe.write(part.span.bytes)
    }
    pipe.finish()
  }

  /// Reads to the end.
  func read(_ pipe: BytePipe, piece: Int) throws(StorageError) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      var span = buffer.mutableSpan
      var bytes = unsafe span.mutableBytes
      let count = try pipe.read(into: &bytes)
      if count == 0 { return all }
      all += buffer[..<count]
    }
  }
}

private let broken = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")

@Suite struct BytePipeTests {
  @Test(arguments: [(1, 1, 1), (7, 3, 5), (7, 100, 100), (4_096, 1_000, 512), (1 << 20, 65_536, 1 << 20)])
  func carriesBytesInOrder(capacity: Int, writes: Int, reads: Int) async throws {
    let control = TransferControl()
    let pipe = BytePipe(capacity: capacity, control: control)
    let bytes = someBytes(30_011)
    async let written: Void = End().write(bytes, piece: writes, into: pipe)
    let found = try await End().read(pipe, piece: reads)
    try await written
    #expect(found == bytes)
    #expect(control.bytes == 30_011)
    #expect(pipe.failure == nil)
  }

  @Test func isEmptyWhenNothingWasWritten() async throws {
    let pipe = BytePipe(capacity: 10, control: TransferControl())
    pipe.finish()
    #expect(try await End().read(pipe, piece: 10) == [])
  }

  @Test func aFailureWakesAWaitingReader() async throws {
    let pipe = BytePipe(capacity: 10, control: TransferControl())
    let reader = Task { try await End().read(pipe, piece: 10) }
    pipe.fail(broken)
    await #expect(throws: broken) { try await reader.value }
  }

  @Test func aFailureWakesAWaitingWriter() async throws {
    let pipe = BytePipe(capacity: 10, control: TransferControl())
    let writer = Task { try await End().write(someBytes(100), piece: 100, into: pipe) }
    pipe.fail(broken)
    await #expect(throws: broken) { try await writer.value }
  }

  @Test func aCancelWakesBothEnds() async throws {
    let control = TransferControl()
    let (full, empty) = (BytePipe(capacity: 10, control: control), BytePipe(capacity: 10, control: control))
    let writer = Task { try await End().write(someBytes(100), piece: 100, into: full) }
    let reader = Task { try await End().read(empty, piece: 10) }
    control.cancel()
    await #expect(throws: TransferControl.cancellation) { try await writer.value }
    await #expect(throws: TransferControl.cancellation) { try await reader.value }
  }

  @Test func theFirstFailureStays() {
    let pipe = BytePipe(capacity: 10, control: TransferControl())
    pipe.fail(broken)
    pipe.fail(StorageError(.noSpace, .stop, cause: "later"))
    pipe.finish()
    #expect(pipe.failure == broken)
  }

  @Test func aFailureAfterTheEndIsNone() {
    let pipe = BytePipe(capacity: 10, control: TransferControl())
    pipe.finish()
    pipe.fail(broken)
    #expect(pipe.failure == nil)
  }
}

@Suite struct StorageThreadTests {
  /// One for each thread of the cooperative pool and more, all waiting at once: had they no threads of their own,
  /// the last would never come, and none would go on.
  @Test func blockingOnItLeavesTheCooperativePoolFree() async throws {
    let pipes = (0..<40).map { _ in BytePipe(capacity: 1, control: TransferControl()) }
    let readers = pipes.map { pipe in Task { try await End().read(pipe, piece: 100) } }
    for pipe in pipes { try await End().write([1, 2, 3], piece: 3, into: pipe) }
    for reader in readers { #expect(try await reader.value == [1, 2, 3]) }
  }

  @Test func knowsWhetherItRuns() async {
    let end = End()
    let thread = StorageThread(label: "other")
    #expect(thread.isIsolatingCurrentContext() == false)
    await end.run { end in end.assertIsolated() }
  }
}

extension End {
  fileprivate func run(_ body: @Sendable (isolated End) -> Void) { body(self) }
}
