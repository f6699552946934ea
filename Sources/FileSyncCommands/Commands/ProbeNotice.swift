internal import Storage

/// Runs a probe, and tells what is waited for once it takes longer than a moment, as with a device that is silent.
func telling<Value: Sendable>(
  _ say: @escaping @Sendable (String) -> Void,
  _ device: String,
  _ probe: () async throws(StorageError) -> Value
) async throws(StorageError) -> Value {
  let notice = Task {
    try await Task.sleep(for: .seconds(1))
    say("Trying out what \(device) can do\u{2026}")
  }
  defer { notice.cancel() }
  return try await probe()
}
