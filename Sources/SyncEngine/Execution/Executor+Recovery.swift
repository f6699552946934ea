internal import Storage

extension Executor {
  /// What ends one step, or all.
  enum Failed: Error {
    case step(Outcome)
    case run(Stop)
  }

  /// Calls `body` until it works or nothing helps: again where that may work, in a new session where the old is dead.
  mutating func attempt<Value>(
    _ action: Action,
    _ body: (Entry?) async throws(StorageError) -> Value
  ) async throws(Failed) -> Value {
    try await attempt(action, entry: nil, body)
  }

  /// The same for what reads `source`: after a reopening `body` gets the entry with its new handle, if it is still the
  /// same file.
  mutating func attempt<Value>(
    _ action: Action,
    _ source: Entry,
    _ body: (Entry) async throws(StorageError) -> Value
  ) async throws(Failed) -> Value {
    try await attempt(action, entry: source) { (entry: Entry?) async throws(StorageError) in
      try await body(entry ?? source)
    }
  }

  private mutating func attempt<Value>(
    _ action: Action,
    entry: Entry?,
    _ body: (Entry?) async throws(StorageError) -> Value
  ) async throws(Failed) -> Value {
    var entry = entry
    var attempts = 1
    while true {
      do throws(StorageError) {
        let current = entry
        let value = try await freeingName(at: action.path) { () async throws(StorageError) in try await body(current) }
        reopensInVain = 0
        return value
      } catch {
        // What is read ahead would keep the source busy.
        await readAhead.drop()
        let error = error.about(action.path)
        if control.isCancelled || error.reason == .cancelled { throw .run(Stop(ending: .interrupted)) }
        if error.reason == .noSpace { throw .run(Stop(ending: .notPossible(error))) }
        if error.reason == .changed || error.reason == .alreadyExists { throw .step(.skipped(.changedSincePlan)) }
        if error.reason == .deletionRefused, action.change == .replace {
          if !hasToldOfRefusal { report(.warning(error)) }
          hasToldOfRefusal = true
          throw .step(.skipped(.undeletable))
        }
        switch error.recovery {
        case .nextFile:
          throw .step(.failed(error))
        case .retry:
          guard attempts < Persistence.attempts else { throw .step(.failed(error)) }
          report(.retrying(action.id, error, attempt: attempts))
          await persistence.wait(before: attempts)
          attempts += 1
        case .reopen:
          try await reopen(after: error, action)
          if let old = entry { entry = try await find(old) }
        case .waitForUser, .stop:
          throw .run(Stop(ending: ending(for: error)))
        }
      }
    }
  }

  /// Calls `body`, which may remove what this journal's runs left, and nobody else's. Where the destination keeps a name
  /// for a file that never came, as Android does for a sender that was killed, it is reset on the bus and `body` called
  /// again: once in a run.
  mutating func freeingName<Value>(
    at path: RelativePath,
    _ body: () async throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    do throws(StorageError) {
      return try await body()
    } catch {
      guard error.reason == .nameReserved, !hasReset else { throw error }
      hasReset = true
      reopens += 1
      await readAhead.drop()
      let cause =
        "\(error.cause). \(run.destination.traits.name) is reset on the bus now, as if it were unplugged: that"
      report(.warning(StorageError(error.reason, error.recovery, path: path, cause: "\(cause) frees the name")))
      try await run.destination.reset()
      return try await body()
    }
  }

  /// Starts a dead session again. Which side it is an error does not say; a local side has nothing to do.
  private mutating func reopen(after error: StorageError, _ action: Action) async throws(Failed) {
    var error = error
    while true {
      guard reopensInVain < Persistence.attempts else { throw .run(Stop(ending: .notReady(error))) }
      reopensInVain += 1
      report(.retrying(action.id, error, attempt: reopensInVain))
      await persistence.wait(before: reopensInVain)
      guard !control.isCancelled else { throw .run(Stop(ending: .interrupted)) }
      do throws(StorageError) {
        try await run.source.reopen()
        let session = run.destination.traits.session
        if session == nil || session != run.source.traits.session { try await run.destination.reopen() }
        reopens += 1
        return
      } catch let next {
        guard next.recovery == .reopen || next.recovery == .retry else { throw .run(Stop(ending: ending(for: next))) }
        error = next
      }
    }
  }

  private func find(_ entry: Entry) async throws(Failed) -> Entry {
    let found: Entry?
    do throws(StorageError) {
      found = try await run.source.refresh([entry]).first ?? nil
    } catch { throw .run(Stop(ending: ending(for: error))) }
    guard let found else { throw .step(.skipped(.vanished)) }
    guard found.isSame(as: entry) else { throw .step(.skipped(.changedSincePlan)) }
    return entry.withHandle(found.handle)
  }

  /// How a run ends that meets this error and cannot go on. Tells the user first where only he can help.
  func ending(for error: StorageError) -> Ending {
    if control.isCancelled || error.reason == .cancelled { return .interrupted }
    if error.reason == .noSpace { return .notPossible(error) }
    switch error.recovery {
    case .waitForUser:
      report(.waiting(error))
      return .notReady(error)
    case .retry, .reopen:
      return .notReady(error)
    case .nextFile, .stop:
      return error.reason.isAboutDevice ? .notReady(error) : .notPossible(error)
    }
  }
}

extension StorageError {
  /// Tells that something of ours stays on a device that refuses to delete it.
  static func staying(_ path: RelativePath, _ cause: String, _ code: Int32?) -> StorageError {
    let cause = "\(cause). It harms nothing; to have its room, delete it on the device itself"
    return StorageError(.deletionRefused, .nextFile, path: path, cause: cause, code: code)
  }
}

extension StorageError.Reason {
  /// Whether another state of the device, and not another request, would help.
  fileprivate var isAboutDevice: Bool {
    switch self {
    case .deviceAbsent, .deviceLost, .deviceLocked, .deviceBusy, .deviceCharging, .deviceTimedOut: true
    default: false
    }
  }
}
