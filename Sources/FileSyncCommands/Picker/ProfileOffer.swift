internal import ArgumentParser

/// Offers to keep a choice under a name.
struct ProfileOffer: Sendable {
  /// Those of the sync.
  let arguments: [String]

  /// Asks for a name until there is a good one, or none.
  func make(_ context: CommandContext) async throws(Failure) {
    while true {
      let question = "Keep this choice as a profile? A name for it, or Enter for no: "
      guard let text = try await context.answer(to: question, isOffer: true), !text.isEmpty else { return }
      // What was typed ahead for a question that did not come, as where nothing was left to copy, is no name.
      if let answer = Question.answer(text) {
        guard answer else { return }
        context.errors.line("\(text) answers a question, and is no name here.")
        continue
      }
      let name: ProfileName
      do { name = try ProfileName(text) } catch {
        context.errors.line("\(error)")
        continue
      }
      let isThere = context.profiles.names.contains(name)
      if isThere, try await !Question(text: "There is a profile \(name). Replace it?").ask(context) { continue }
      do throws(Failure) { return try await keep(name, replacing: isThere, context) } catch {
        try context.checkInterrupt()
        context.errors.line(error.text)
        return
      }
    }
  }

  private func keep(_ name: ProfileName, replacing: Bool, _ context: CommandContext) async throws(Failure) {
    let words = ["\(name)"] + arguments + (replacing ? ["--replace"] : [])
    var context = context
    context.commandLine = ["profile", "add"] + words
    let command: ProfileAddCommand
    do { command = try ProfileAddCommand.parse(words) } catch {
      throw Failure(.usage, shown(ProfileAddCommand.message(for: error)))
    }
    _ = try await command.run(context)
  }
}
