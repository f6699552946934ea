import Storage
import Synchronization

/// The moment at which a process dies: a number of storage calls, over both ends of a run. From then on no call returns,
/// as nothing does in a process that was killed.
final class Mortality: Sendable {
  enum Moment: CaseIterable, Sendable {
    /// The call has no effect.
    case before
    /// The call has its effect, and nobody learns of it. A batch has half of it.
    case after
  }

  /// Of the run that dies: what blocks in a transfer is woken, and then returns no more.
  let control = TransferControl()

  private struct State {
    var left: Int
    var isDead = false
    var graves: [CheckedContinuation<Void, Never>] = []
    var isBuried = false
  }

  private let state: Mutex<State>
  let moment: Moment
  private let (ends, end) = AsyncStream<Bool>.makeStream()

  init(after calls: Int, _ moment: Moment) {
    state = Mutex(State(left: calls))
    self.moment = moment
  }

  /// Counts a call.
  /// - Returns: whether it is the one to die of, after its effect.
  func count() async throws(StorageError) -> Bool {
    let left = state.withLock { state in
      state.left -= 1
      return state.left
    }
    if left > 0 { return false }
    if left == 0, moment == .after { return true }
    try await die()
    return false
  }

  var isDead: Bool { state.withLock { $0.isDead } }

  func die() async throws(StorageError) {
    state.withLock { $0.isDead = true }
    control.cancel()
    end.yield(true)
    await withCheckedContinuation { continuation in
      let isBuried = state.withLock { state in
        if !state.isBuried { state.graves.append(continuation) }
        return state.isBuried
      }
      if isBuried { continuation.resume() }
    }
    throw StorageError(.cancelled, .stop, cause: "The process is dead")
  }

  /// Runs `life` until it ends or dies.
  /// - Returns: whether it died, and the task that lingers then.
  func live(_ life: @escaping @Sendable () async -> Void) async -> (died: Bool, rest: Task<Void, Never>) {
    let rest = Task {
      await life()
      end.yield(false)
    }
    for await died in ends { return (died, rest) }
    return (false, rest)
  }

  /// Lets the calls of the dead return, so that their tasks end; after all that a test looks at.
  func bury() {
    let graves = state.withLock { state in
      state.isBuried = true
      defer { state.graves = [] }
      return state.graves
    }
    for grave in graves { grave.resume() }
  }
}

/// A storage as a process sees it that dies.
struct MortalStorage: Storage {
  let storage: any Storage
  let mortality: Mortality

  var traits: StorageTraits { storage.traits }

  private func call<Value>(_ body: () async throws(StorageError) -> Value) async throws(StorageError) -> Value {
    let isLast = try await mortality.count()
    let result: Result<Value, StorageError>
    do throws(StorageError) {
      result = .success(try await body())
    } catch { result = .failure(error) }
    if isLast || mortality.isDead { try await mortality.die() }
    return try result.get()
  }

  func list(_ directory: RelativePath, page: @Sendable ([Entry]) -> Void) async throws(StorageError) -> Completeness {
    try await call { () async throws(StorageError) in try await storage.list(directory, page: page) }
  }

  func refresh(_ entries: [Entry]) async throws(StorageError) -> [Entry?] {
    try await call { () async throws(StorageError) in try await storage.refresh(entries) }
  }

  func space() async throws(StorageError) -> StorageSpace? {
    try await call { () async throws(StorageError) in try await storage.space() }
  }

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try await call { () async throws(StorageError) in try await storage.read(file, from: offset, into: sink, control) }
  }

  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    try await call { () async throws(StorageError) in try await storage.write(source, order, control) }
  }

  func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    try await call { () async throws(StorageError) in try await storage.verify(batch) }
  }

  func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    if try await mortality.count() {
      _ = try await storage.commit(Array(batch.prefix((batch.count + 1) / 2)))
      try await mortality.die()
    }
    return try await storage.commit(batch)
  }

  func discard(_ written: Written) async throws(StorageError) {
    try await call { () async throws(StorageError) in try await storage.discard(written) }
  }

  func createDirectory(_ path: RelativePath) async throws(StorageError) -> Entry {
    try await call { () async throws(StorageError) in try await storage.createDirectory(path) }
  }

  func createSymbolicLink(_ path: RelativePath, target: [UInt8]) async throws(StorageError) -> Entry {
    try await call { () async throws(StorageError) in try await storage.createSymbolicLink(path, target: target) }
  }

  func move(_ entry: Entry, to path: RelativePath) async throws(StorageError) -> Entry {
    try await call { () async throws(StorageError) in try await storage.move(entry, to: path) }
  }

  func remove(_ entry: Entry) async throws(StorageError) {
    try await call { () async throws(StorageError) in try await storage.remove(entry) }
  }

  func setTimes(_ times: FileTimes, of entry: Entry) async throws(StorageError) -> Entry {
    try await call { () async throws(StorageError) in try await storage.setTimes(times, of: entry) }
  }

  func reopen() async throws(StorageError) {
    try await call { () async throws(StorageError) in try await storage.reopen() }
  }
}
