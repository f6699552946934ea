internal import Foundation
internal import Synchronization

/// A question on the terminal, to be answered with y or n.
struct Question: Sendable {
  /// Ends in a question mark.
  var text: String

  /// The question before anything is copied, moved, dated or sent.
  static let begin = Question(text: "Begin?")
  /// The question about files that are gone from the destination.
  static let copyAgain = Question(text: "Copy them again?")

  /// What means yes and no; upper and lower case are the same, and anything else is asked about again. The first FileSync
  /// asked for `Confirm` or `c`.
  private static let agreeing = ["y", "yes", "c", "confirm"]
  private static let declining = ["n", "no"]

  /// Asks, and waits for an answer or for an interruption. The end of the input means no.
  /// - Throws: interrupted.
  func ask(_ context: CommandContext) async throws(Failure) -> Bool {
    while true {
      context.errors.write("\(text) (y or n): ")
      let answer = await answer(context)
      try context.checkInterrupt()
      guard let answer else {
        // After Ctrl-D the cursor still stands behind the question.
        context.errors.line()
        return false
      }
      let word = answer.trimmingCharacters(in: .whitespaces).lowercased()
      if Self.agreeing.contains(word) { return true }
      if Self.declining.contains(word) { return false }
    }
  }

  /// The reading thread stays behind when the interruption comes first; the program ends then anyway.
  private func answer(_ context: CommandContext) async -> String? {
    let readLine = context.readLine
    let interrupt = context.interrupt
    return await withCheckedContinuation { continuation in
      let first = FirstAnswer(continuation)
      let number = interrupt.onFirst { first.give(nil) }
      Thread.detachNewThread {
        let answer = readLine()
        interrupt.forget(number)
        first.give(answer)
      }
    }
  }
}

/// Takes the first of two answers to one question.
private final class FirstAnswer: Sendable {
  private let continuation: Mutex<CheckedContinuation<String?, Never>?>

  init(_ continuation: CheckedContinuation<String?, Never>) { self.continuation = Mutex(continuation) }

  func give(_ answer: String?) {
    let waiting = continuation.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    waiting?.resume(returning: answer)
  }
}

extension CommandContext {
  /// Throws once Ctrl-C or its like has come.
  func checkInterrupt() throws(Failure) {
    guard let signal = interrupt.signal else { return }
    throw Failure(signal.status, "Interrupted", cure: "Run the same command again to go on.")
  }
}
