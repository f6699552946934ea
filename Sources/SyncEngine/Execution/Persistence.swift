internal import Storage

/// Tries again what a storage says may work again, up to three times, with pauses that grow.
struct Persistence {
  static let attempts = 3

  let control: TransferControl
  let report: @Sendable (Event) -> Void
  /// Before the first repetition; twice as long before the second, and so on.
  let pause: Duration

  func persist<Value>(
    on storage: any Storage,
    _ body: () async throws(StorageError) -> Value
  ) async throws(StorageError) -> Value {
    var attempt = 1
    while true {
      try control.check()
      do throws(StorageError) {
        return try await body()
      } catch {
        guard attempt < Self.attempts, error.recovery == .retry || error.recovery == .reopen else { throw error }
        report(.retrying(nil, error, attempt: attempt))
        await wait(before: attempt)
        attempt += 1
        if error.recovery == .reopen { try await storage.reopen() }
      }
    }
  }

  /// Pauses before a repetition.
  func wait(before attempt: Int) async {
    // Only a cancelled task cannot sleep, and then there is nothing to wait for.
    try? await Task.sleep(for: pause * attempt)
  }
}
