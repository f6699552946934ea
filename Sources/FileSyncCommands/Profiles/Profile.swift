internal import ArgumentParser
internal import Foundation

/// The arguments of a sync, kept in a file under a name.
struct Profile: Sendable {
  let name: ProfileName
  /// Absolute; `nil` as long as it is not kept.
  let file: String?
  let lines: [ProfileFormat.Line]

  var words: [String] { lines.map(\.word) }

  /// Reads the text of a profile.
  init(name: ProfileName, file: String?, text: String) throws(Failure) {
    self.name = name
    self.file = file
    do throws(ProfileFormat.Flaw) {
      lines = try ProfileFormat.lines(text)
    } catch {
      let place = file.map { "\(shown($0)), " } ?? ""
      throw Failure(.usage, "\(place)line \(error.line): \(error.cause)", cure: error.cure)
    }
  }

  /// The sync that it stands for, with further arguments, which count more. Reads filters; touches no device.
  /// - Throws: usage, or not possible where a file that it names is not there, with file, line and reason.
  func sync(with overrides: [String] = [], _ context: CommandContext) throws(Failure) -> SyncCommand {
    let own = try absolute(try checked(), context)
    let command: SyncCommand
    do {
      command = try SyncCommand.parse(own + overrides)
    } catch {
      let complaint = Complaint(error)
      let cause = "With what the profile \(name) has: \(shown(complaint.cause))"
      throw Failure(.usage, cause, cure: complaint.cure ?? "`filesync profile show \(name)` shows it.")
    }
    guard !command.filters.readsInput else { throw noInput(nil) }
    try checkFilter(own, context)
    return command
  }

  /// Reads the words by the parser of `sync`, and finds the line that it complains of.
  private func checked() throws(Failure) -> SyncWords {
    // Of a completion script the parser says something else where it does not know the user's shell, as in a unit.
    let misplaced = ["---", "--generate-completion-script"]
    if let line = lines.first(where: { line in line.word == "--" || misplaced.contains { line.word.hasPrefix($0) } }) {
      throw failure(line, "\(shown(line.word)) has no place in a profile", cure: "Take the line out.")
    }
    do { return try SyncWords(words) } catch {
      let complaint = Complaint(error)
      guard !complaint.isOfMissing else {
        throw failure(nil, shown(complaint.cause), cure: "A profile needs a source and a destination.")
      }
      let line = line { Complaint.of($0) == complaint }
      guard !complaint.isAnswer else {
        throw failure(line, "\(shown(line?.word ?? "This")) has no place in a profile", cure: "Take the line out.")
      }
      throw failure(line, shown(complaint.cause), cure: complaint.cure)
    }
  }

  private func checkFilter(_ words: [String], _ context: CommandContext) throws(Failure) {
    func told(_ words: [String]) -> Failure? {
      guard let sync = try? SyncCommand.parse(words) else { return nil }
      do throws(Failure) { _ = try sync.filters.filter(context) } catch { return error }
      return nil
    }
    guard let flaw = told(words) else { return }
    let line = lines.indices.first { index in
      let part = words.prefix(index + 1)
      return [[], ["a"], ["a", "b"]].contains { told(part + $0) == flaw }
    }
    throw failure(line.map { lines[$0] }, flaw.cause, cure: flaw.cure, flaw.status)
  }

  /// The first line up to which all of them have a property.
  private func line(_ isSo: ([String]) -> Bool) -> ProfileFormat.Line? {
    lines.indices.first { isSo(Array(words.prefix($0 + 1))) }.map { lines[$0] }
  }

  /// The words with whole paths. A profile has no working directory: it may be run from anywhere.
  private func absolute(_ sync: SyncWords, _ context: CommandContext) throws(Failure) -> [String] {
    var words = sync.words
    func whole(_ path: String, _ index: Int) throws(Failure) -> String {
      if path == "~" || path.hasPrefix("~/") { return context.home + path.dropFirst() }
      if path == TextLines.input { throw noInput(lines[index]) }
      guard !path.hasPrefix("/") else { return path }
      throw failure(lines[index], "\(shown(path)) is no whole path", cure: "Write it from / or from ~/ on.")
    }
    if let ends = sync.ends {
      for index in [ends.source, ends.destination] {
        let location: Location
        do throws(Failure) { location = try Location(words[index]) } catch {
          throw failure(lines[index], error.cause, cure: error.cure)
        }
        if case .local(let path) = location { words[index] = try whole(path, index) }
      }
    }
    for (index, option) in sync.optionPaths {
      words[index] = try option + whole(String(words[index].dropFirst(option.count)), index)
    }
    return words
  }

  private func noInput(_ line: ProfileFormat.Line?) -> Failure {
    failure(line, "A profile reads nothing from standard input", cure: "Name a file.")
  }

  private func failure(
    _ line: ProfileFormat.Line?,
    _ cause: String,
    cure: String?,
    _ status: CommandStatus = .usage
  ) -> Failure {
    guard let file else { return Failure(status, cause, cure: cure) }
    let place = line.map { "line \($0.number)" } ?? "at its end"
    return Failure(status, "\(shown(file)), \(place): \(cause)", cure: cure)
  }
}

/// What the parser of `sync` has to say of arguments.
private struct Complaint: Equatable {
  var cause: String
  var cure: String?
  /// Whether it is an answer, such as help.
  var isAnswer: Bool

  private static let missing = "Missing expected argument"

  init(_ error: any Error) {
    var text = SyncCommand.message(for: error).split(separator: "\n").first.map(String.init) ?? ""
    if text.hasPrefix("Error: ") { text.removeFirst(7) }
    let parts = text.split(separator: " Did you mean", maxSplits: 1).map(String.init)
    cause = parts.first ?? text
    while cause.hasSuffix(".") { cause.removeLast() }
    cure = parts.count > 1 ? "Did you mean" + parts[1] : nil
    isAnswer = SyncCommand.exitCode(for: error) == .success
  }

  /// Whether source or destination are missing.
  var isOfMissing: Bool { cause.hasPrefix(Self.missing) }

  /// What it says of words that others may follow.
  static func of(_ words: [String]) -> Complaint? {
    for further in [[], ["a"], ["a", "b"], ["a", "b", "c"]] {
      do { _ = try SyncCommand.parse(words + further) } catch {
        let complaint = Complaint(error)
        if complaint.isOfMissing { continue }
        return complaint
      }
      return nil
    }
    return nil
  }
}
