internal import Journal
internal import Storage

/// Reading back what was sent, where the policy verifies.
extension Executor {
  /// Sends a file, reads it back from the destination if the policy wants that, and sends it once more if it is not what
  /// was read from the source. So no file gets the name of another, and none is on record as sent, before it was read back.
  mutating func sendSurely(
    _ action: Action,
    _ source: Entry,
    _ order: WriteOrder
  ) async throws(Failed) -> (written: Written, source: Entry) {
    guard run.policy.verifies else { return try await send(action, source, order) }
    var (action, source, order) = (action, source, order)
    var isRepeated = false
    while true {
      let sent = try await send(action, source, order)
      var written = sent.written
      do throws(Failed) {
        if let digest = try await readBack(written, of: sent.source, action) {
          written.digest = digest
          return (written, sent.source)
        }
      } catch {
        // What cannot be read is not verified. An interruption leaves it for the next run.
        if case .step = error { await giveUp(written) }
        throw error
      }
      await giveUp(written)
      let cause = "What \(run.destination.traits.name) has of it was read back, and is not what was sent"
      let error = StorageError(.verificationFailed, .nextFile, path: order.path, cause: cause)
      guard !isRepeated else { throw .step(.failed(error)) }
      isRepeated = true
      report(.retrying(action.id, error, attempt: 1))
      (source, order, action.part) = (sent.source, written.order, nil)
      order.resumesAt = 0
      // Where it had its name from the first byte, what it replaces has gone by now.
      if written.temporary.path == order.path { order.replacing = nil }
    }
  }

  /// Compares what the destination has of a file with what was read from the source.
  /// - Returns: their digest; `nil` if they differ.
  private mutating func readBack(
    _ written: Written,
    of source: Entry,
    _ action: Action
  ) async throws(Failed) -> ContentDigest? {
    let (control, destination, progress, report) = (control, run.destination, progress, report)
    // Until it is settled, a file system may tell another date of it than at the end.
    var temporary = written.temporary
    temporary.token = nil
    if temporary.size == nil { temporary.size = written.order.size }
    let file = temporary
    let found = try await attempt(action) { (_) async throws(StorageError) in
      let own = TransferControl()
      report(.verifying(action.id, action.path, bytes: 0))
      progress.verify(action.id, action.path, own)
      defer { progress.end() }
      return try await destination.digest(of: file, control, countingIn: own)
    }
    guard let found else { return nil }
    if let sent = written.digest { return found == sent ? found : nil }
    // A file that had arrived in a session that was lost.
    let origin = run.source
    let wanted = try await attempt(action, source) { (source: Entry) async throws(StorageError) in
      try await origin.digest(of: source, control)
    }
    return found == wanted ? found : nil
  }

  /// Removes what was sent and is not what it should be.
  private func giveUp(_ written: Written) async {
    // What has its real name already may be somebody else's by now.
    var isOurs = written.temporary.path != written.order.path
    if !isOurs { isOurs = await run.destination.holds(written) }
    if isOurs { try? await run.destination.discard(written) }
  }
}
