internal import Dispatch

/// The serial executor of one storage's actor, on a queue of its own.
///
/// A storage blocks: in system calls, in USB transfers, in a full pipe. On the cooperative thread pool, which has one
/// thread a core, two blocked storages can stop the whole program; a queue of its own brings a thread of its own.
/// Storages of one device share one, so that their work is serialised; the two ends of a piped copy must not.
public final class StorageThread: SerialExecutor {
  private let queue: DispatchQueue
  /// Set on the queue, so that the current queue can be told from others.
  private let key = DispatchSpecificKey<Bool>()

  /// - Parameter label: names the queue in a debugger.
  public init(label: String) {
    queue = DispatchQueue(label: label)
    queue.setSpecific(key: key, value: true)
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedSerialExecutor()
    queue.async { unsafe job.runSynchronously(on: executor) }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

  public func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

  public func isIsolatingCurrentContext() -> Bool? { DispatchQueue.getSpecific(key: key) == true }
}
