internal import Storage
internal import Synchronization

/// Reads the next file of a batch while the device still answers for the one before.
///
/// A reading that waits for its taker keeps its storage busy. So nothing else may be asked of the source before
/// ``begin(_:from:control:)`` took it or ``drop()`` ended it.
final class ReadAhead: Sendable {
  private struct State {
    /// What is sent after the file that is sent now.
    var next: Entry?
    var reading: FileReading?
  }

  private let state = Mutex(State())
  /// A file is read ahead only for a device, whose answers are worth waiting for, and from elsewhere than that device.
  private let isUseful: Bool
  /// Whether digests are computed of what is read.
  private let digests: Bool

  init(from source: StorageTraits, to destination: StorageTraits, digests: Bool) {
    self.digests = digests
    isUseful = destination.session != nil && source.session != destination.session
  }

  /// Says what is sent next after the step that is taken now. Ends a reading for which that step is not.
  func prepare(for file: Entry?, next: Entry?) async {
    if state.withLock({ $0.reading?.file != file }) { await drop() }
    state.withLock { $0.next = isUseful ? next : nil }
  }

  /// The reading of a file that is sent now from `offset` on, and begun already if all went as expected. `digest` has what
  /// comes before `offset`; from the beginning, a new one will do.
  func begin(
    _ file: Entry,
    at offset: UInt64,
    from source: any Storage,
    digest: DigestSink?,
    control: TransferControl
  ) async -> FileReading {
    if state.withLock({ $0.reading?.file != file || $0.reading?.offset != offset }) { await drop() }
    return state.withLock { state in
      let reading = state.reading ?? FileReading(file, at: offset, from: source, watcher: digest, control: control)
      state.reading = state.next.map {
        FileReading($0, from: source, after: reading, watcher: digests ? DigestSink() : nil, control: control)
      }
      state.next = nil
      return reading
    }
  }

  /// Ends what was begun and not taken.
  func drop() async {
    let reading = state.withLock { state in
      defer { state.reading = nil }
      return state.reading
    }
    await reading?.drop()
  }
}
