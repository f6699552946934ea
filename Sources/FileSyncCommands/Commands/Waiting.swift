extension CommandContext {
  /// Seconds between two attempts.
  static let waitingPeriod = 1.0

  /// Does what may fail for a cause that passes, again and again until `deadline`, by ``uptime``. Tells each cause once.
  func waiting<Value>(
    until deadline: Double,
    say: @Sendable (String) -> Void,
    _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    var told: Failure?
    while true {
      try checkInterrupt()
      let failure: Failure
      do throws(Failure) {
        return try await body()
      } catch {
        failure = error
      }
      guard failure.mayPass, uptime() < deadline else { throw failure }
      if told != failure { say("\(failure.text)\nWaiting for it.") }
      told = failure
      await pause(Self.waitingPeriod)
    }
  }
}

extension Failure {
  /// The same, with a hint where waiting could help and was not asked for.
  func offeringToWait(_ wait: Double) -> Failure {
    guard mayPass, wait == 0 else { return self }
    var failure = self
    failure.cure = [cure, "--wait 60 waits for it."].compactMap(\.self).joined(separator: "\n")
    return failure
  }
}
