import Storage
import StorageContract
import Synchronization

/// The moment at which a process dies: a number of storage calls, over both ends of a run. From then on no call returns,
/// as nothing does in a process that was killed.
final class Mortality: Sendable {
  enum Moment: CaseIterable, Sendable {
    /// The call has no effect.
    case before
    /// The call has half of its effect: half of a file was sent, or of a batch put in place, and the next file of it is
    /// between its two names. A call that is one step has all of it.
    case during
    /// The call has its effect, and nobody learns of it.
    case after
  }

  /// Of the run that dies: what blocks in a transfer is woken, and then returns no more.
  let control = TransferControl()

  private struct State {
    var left: Int
    var isDead = false
    /// Calls that have not returned. Those of the dead are over, too, once what they were doing is.
    var active = 0
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

  /// Counts a call, which ends by ``leave()`` or ``die()``.
  /// - Returns: whether it is the one to die of, after its effect.
  func enter() async throws(StorageError) -> Bool {
    let left = state.withLock { state in
      state.left -= 1
      state.active += 1
      return state.left
    }
    if left > 0 { return false }
    if left == 0, moment != .before { return true }
    try await die()
    return false
  }

  func leave() async throws(StorageError) {
    let isDead = state.withLock { state in
      if !state.isDead { state.active -= 1 }
      return state.isDead
    }
    if isDead { try await die() }
  }

  func die() async throws(StorageError) {
    let isOver = state.withLock { state in
      state.isDead = true
      state.active -= 1
      return state.active == 0
    }
    control.cancel()
    if isOver { end.yield(true) }
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
    try await call(body) { () async in _ = try? await body() }
  }

  /// - Parameter half: what is left of the call if the process dies during it.
  private func call<Value>(
    _ body: () async throws(StorageError) -> Value,
    half: () async -> Void
  ) async throws(StorageError) -> Value {
    if try await mortality.enter() {
      if mortality.moment == .during { await half() } else { _ = try? await body() }
      try await mortality.die()
    }
    let result: Result<Value, StorageError>
    do throws(StorageError) {
      result = .success(try await body())
    } catch { result = .failure(error) }
    try await mortality.leave()
    return try result.get()
  }

  /// As the backing store is left by a process that dies during `body`.
  private func cut(_ body: (InMemoryStorage) async throws -> Void) async {
    guard let memory = storage as? InMemoryStorage else { return }
    await memory.whileDying { try? await body(memory) }
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
    try await call { () async throws(StorageError) in
      try await storage.write(source, order, control)
    } half: {
      await cut { _ = try await $0.write(Half(of: source, size: order.size), order, control) }
    }
  }

  func verify(_ batch: [Written]) async throws(StorageError) -> [Result<Verified, StorageError>] {
    try await call { () async throws(StorageError) in try await storage.verify(batch) }
  }

  func commit(_ batch: [Verified]) async throws(StorageError) -> [Result<Entry, StorageError>] {
    try await call { () async throws(StorageError) in
      try await storage.commit(batch)
    } half: {
      let half = batch.count / 2
      _ = try? await storage.commit(Array(batch.prefix(half)))
      await cut { _ = try await $0.commit(Array(batch.dropFirst(half).prefix(1))) }
    }
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

/// The first half of a file, and then the end of whoever sends it.
private final class Half: ByteSource {
  private let source: any ByteSource
  private let left: Mutex<Int>

  init(of source: any ByteSource, size: UInt64) {
    self.source = source
    left = Mutex(Int(clamping: size / 2))
  }

  func read(into buffer: inout MutableRawSpan) throws(StorageError) -> Int {
    let wanted = min(left.withLock { $0 }, buffer.byteCount)
    guard wanted > 0 else { throw StorageError(.cancelled, .stop, cause: "The process is dead") }
    var piece = [UInt8](repeating: 0, count: wanted)
    var span = piece.mutableSpan
    var bytes = unsafe span.mutableBytes
    let count = try source.read(into: &bytes)
    unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: piece[..<count]) }
    left.withLock { $0 -= count }
    return count
  }
}
