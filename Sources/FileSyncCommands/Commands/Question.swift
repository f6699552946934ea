internal import Foundation
internal import Synchronization

/// A question on the terminal, to be answered with y or n.
struct Question: Sendable {
  /// Ends in a question mark.
  var text: String
  /// What to type.
  var answers = "y or n"
  /// Whether it is only an offer, about which nobody is asked whose lines come from a pipe that is at its end.
  var isOffer = false

  /// The question before anything is copied, moved, dated or sent.
  static let begin = Question(text: "Begin?", answers: "y, Confirm or c; n leaves it")
  /// The question about files that are gone from the destination.
  static let copyAgain = Question(text: "Copy them again?")

  /// What means yes and no; upper and lower case are the same, and anything else is asked about again.
  private static let agreeing = ["y", "yes", "c", "confirm"]
  private static let declining = ["n", "no"]

  /// What a line says that answers a question; `nil` for any other.
  static func answer(_ line: String) -> Bool? {
    let word = line.lowercased()
    return agreeing.contains(word) ? true : declining.contains(word) ? false : nil
  }

  /// Asks, and waits for an answer or for an interruption. The end of the input means no.
  /// - Throws: interrupted.
  func ask(_ context: CommandContext) async throws(Failure) -> Bool {
    while true {
      guard let line = try await context.answer(to: "\(text) (\(answers)): ", isOffer: isOffer) else { return false }
      if let answer = Self.answer(line) { return answer }
    }
  }
}

extension CommandContext {
  /// A line that the user types, without blanks at its ends; `nil` at the end of the input. Waits for it, or for an
  /// interruption. An offer is written only if there is an answer, where that comes from a pipe.
  /// - Throws: interrupted.
  func answer(to question: String, isOffer: Bool = false) async throws(Failure) -> String? {
    let isRead = isOffer && hasInput
    if !isRead { errors.write(question) }
    let answer = await answer()
    if isRead {
      try checkInterrupt()
      guard let answer else { return nil }
      errors.write(question)
      return answer.trimmingCharacters(in: .whitespaces)
    }
    try checkInterrupt()
    // After Ctrl-D the cursor still stands behind the question.
    if answer == nil { errors.line() }
    return answer?.trimmingCharacters(in: .whitespaces)
  }

  /// The reading thread stays behind when the interruption comes first; the program ends then anyway.
  private func answer() async -> String? {
    await withCheckedContinuation { continuation in
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
    throw Failure(signal.status, "Interrupted", cure: goOn)
  }

  /// Throws once the reader of the output has gone, for what does nothing but print: as a program ends whom the shell tells
  /// of it, without a word.
  func checkReader() throws(Failure) {
    guard output.hasReader() else { throw Failure(.brokenPipe, "") }
  }
}
