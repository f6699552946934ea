internal import Storage
internal import Synchronization

/// Compares the contents of two files, or their beginnings, byte by byte, without keeping either.
struct ContentComparison {
  /// How much of each end of a file is compared where reading all of it from a device would take too long.
  private static let sample: UInt64 = 64 << 10
  /// How much of a file suffices.
  enum Thoroughness {
    /// All of it.
    case whole
    /// On a device, head and tail of a file that is larger than this, in bytes.
    case samples(above: UInt64)
    /// Head and tail, anywhere: enough to say that two files differ, and not that they are equal.
    case ends

    /// Where a file that is taken for equal is not copied.
    static let forCopies = samples(above: 32 << 20)
    /// Where nothing depends on it but a date. Comparing all photos of years whole takes as long as copying them.
    static let forDates = samples(above: 1 << 20)
    /// Where size, date, and the record of both sides say that it is the same file under another name: between folders all
    /// of it is compared.
    static let forMoves = forResuming
    /// Where a user is to be asked about what differs, and the run itself compares the rest.
    static let forConflicts = Thoroughness.ends
    /// Where the journal knows a part for one of this very version, and its ends only have to bear that out.
    static let forResuming = samples(above: 2 * sample)
  }

  let source: any Storage
  let destination: any Storage
  let thoroughness: Thoroughness
  let control: TransferControl

  /// Whether the first `size` bytes of the two files, which both have as many, are the same.
  func areEqual(_ file: Entry, _ other: Entry, size: UInt64) async throws(StorageError) -> Bool {
    guard takesSamples(of: size) else { return try await areEqual(file, other, from: 0, count: size) }
    guard try await areEqual(file, other, from: size - Self.sample, count: Self.sample) else { return false }
    return try await areEqual(file, other, from: 0, count: Self.sample)
  }

  private func takesSamples(of size: UInt64) -> Bool {
    let sides = [source.traits, destination.traits]
    guard size > 2 * Self.sample, sides.allSatisfy({ $0.capabilities.contains(.partialRead) }) else { return false }
    return switch thoroughness {
    case .whole: false
    case .ends: true
    case .samples(let limit): size > limit && sides.contains { $0.identity.device != nil }
    }
  }

  /// Compares `count` bytes from `offset`. The source reads into a pipe that the destination's reading empties.
  private func areEqual(
    _ file: Entry,
    _ other: Entry,
    from offset: UInt64,
    count: UInt64
  ) async throws(StorageError) -> Bool {
    // Bytes that are compared are none that arrive, so they count under a control of their own.
    let own = TransferControl()
    let handler = control.onCancel { own.cancel() }
    defer { control.removeHandler(handler) }
    let pipe = BytePipe(control: own)
    let match = Match(with: pipe, count: count)
    let range = offset..<offset + count

    async let reading: Void = read(file, range, own, into: pipe)
    let matching = await read(other, range, own, into: match)
    let failureOfSource = pipe.failure
    // Whatever the source still has is not wanted.
    pipe.fail(StorageError(.changed, .nextFile, path: file.path, cause: "Not all of the file was compared"))
    _ = await reading

    try control.check()
    switch match.verdict {
    case .differs: return false
    case .equal: return true
    case .undecided:
      if case .failure(let error) = matching { throw (failureOfSource ?? error).about(other.path) }
      // The destination's file ended too early.
      return false
    }
  }

  private func read(
    _ file: Entry,
    _ range: Range<UInt64>,
    _ own: TransferControl,
    into pipe: BytePipe
  ) async {
    do throws(StorageError) {
      _ = try await source.readPart(file, range, into: pipe, own)
      pipe.finish()
    } catch { pipe.fail(error.about(file.path)) }
  }

  private func read(
    _ other: Entry,
    _ range: Range<UInt64>,
    _ own: TransferControl,
    into match: Match
  ) async -> Result<Void, StorageError> {
    do throws(StorageError) {
      _ = try await destination.readPart(other, range, into: match, own)
      return .success(())
    } catch {
      return .failure(error)
    }
  }
}

/// Stops a reading, by an error of its own.
private let enough = StorageError(.changed, .nextFile, cause: "Enough was read")

/// Takes bytes and looks whether a pipe delivers the same.
private final class Match: ByteSink {
  enum Verdict { case undecided, equal, differs }

  private struct State {
    var left: UInt64
    var verdict = Verdict.undecided
  }

  private let pipe: BytePipe
  private let state: Mutex<State>

  init(with pipe: BytePipe, count: UInt64) {
    self.pipe = pipe
    state = Mutex(State(left: count, verdict: count == 0 ? .equal : .undecided))
  }

  var verdict: Verdict { state.withLock { $0.verdict } }

  func write(_ bytes: RawSpan) throws(StorageError) {
    var buffer = [UInt8](repeating: 0, count: min(bytes.byteCount, 64 << 10))
    var offset = 0
    while offset < bytes.byteCount {
      let left = state.withLock { $0.left }
      guard left > 0 else { throw enough }
      let wanted = min(Int(clamping: left), buffer.count, bytes.byteCount - offset)
      buffer.removeLast(buffer.count - wanted)
      let count = try read(into: &buffer)
      // A source that ends early has another file than was listed.
      let same = count > 0 && isEqual(bytes.extracting(offset..<(offset + count)), buffer, count)
      offset += count
      state.withLock {
        $0.left -= UInt64(count)
        $0.verdict = !same ? .differs : $0.left == 0 ? .equal : .undecided
      }
      guard same else { throw enough }
    }
  }

  private func read(into buffer: inout [UInt8]) throws(StorageError) -> Int {
    var span = buffer.mutableSpan
    var bytes = unsafe span.mutableBytes
    return try pipe.read(into: &bytes)
  }

  private func isEqual(_ bytes: RawSpan, _ buffer: [UInt8], _ count: Int) -> Bool {
    unsafe bytes.withUnsafeBytes { left in
      unsafe buffer.withUnsafeBytes { right in
        unsafe left.elementsEqual(UnsafeRawBufferPointer(rebasing: right[..<count]))
      }
    }
  }
}
