internal import Storage
internal import Synchronization

/// Reports the bytes of the step that is being taken, ten times a second at most.
final class Progress: Sendable {
  private struct Step {
    /// `nil` of a file that is no step's.
    var id: Action.ID?
    /// What the control had counted when it began.
    var base: UInt64 = 0
    /// What an attempt before had brought.
    var brought: UInt64 = 0
    /// Of what is read back: which file, and what counts its bytes.
    var readBack: (path: RelativePath, control: TransferControl)?
    var reported: UInt64 = 0
  }

  private let step = Mutex<Step?>(nil)

  func begin(_ id: Action.ID, at bytes: UInt64, beyond brought: UInt64 = 0) {
    step.withLock { $0 = Step(id: id, base: bytes, brought: brought) }
  }

  /// A file is read back now, by bytes that another control counts.
  func verify(_ id: Action.ID?, _ path: RelativePath, _ control: TransferControl) {
    step.withLock { $0 = Step(id: id, readBack: (path, control)) }
  }

  func end() { step.withLock { $0 = nil } }

  /// Starts reporting, until the task is cancelled.
  func start(_ control: TransferControl, _ report: @escaping @Sendable (Event) -> Void) -> Task<Void, Never> {
    Task {
      while (try? await Task.sleep(for: .milliseconds(100))) != nil {
        let event = step.withLock { step -> Event? in
          guard let now = step else { return nil }
          let bytes = now.brought + ((now.readBack?.control ?? control).bytes - now.base)
          guard bytes != now.reported else { return nil }
          step?.reported = bytes
          if let file = now.readBack { return .verifying(now.id, file.path, bytes: bytes) }
          return now.id.map { .progress($0, bytes: bytes) }
        }
        if let event { report(event) }
      }
    }
  }
}
