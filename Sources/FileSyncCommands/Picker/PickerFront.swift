internal import Foundation
internal import Storage

/// Has the user choose a folder, on a picture or line by line.
struct PickerFront: Sendable {
  /// What came of it.
  enum Choice: Hashable, Sendable {
    case location(String)
    /// The choice before this one is to be made again.
    case back
    /// The input was at its end at once.
    case noInput
  }

  let context: CommandContext
  let places: PickerPlaces
  /// What is to be opened first, as if it had been chosen; `nil` for the list where everything begins.
  var first: PickerScreen.Spot?
  /// Says what is wrong with a choice; `nil` where it can be.
  var check: @Sendable (String) -> Failure? = { _ in nil }

  /// - Parameter picker: where the user is, and was.
  /// - Throws: declined if the user leaves; interrupted.
  func choose(_ picker: inout Picker) async throws(Failure) -> Choice {
    if let terminal = context.terminal {
      let mode = PictureMode(terminal)
      if mode.begin() { return try await draw(&picker, mode) }
    }
    return try await ask(&picker)
  }

  static let left = Failure(.declined, "Nothing was chosen, and nothing was done")

  private static func unfit(_ message: [String]) -> Failure {
    let cause = message.joined(separator: " ").trimmingCharacters(in: CharacterSet(charactersIn: "."))
    return Failure(.usage, cause, cure: "Nothing was done. Each line of the input has to fit.")
  }

  /// The lines that tell of a failure. To wait for a device it is enough to try again, without an option.
  static func lines(_ failure: Failure) -> [String] {
    failure.text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("--wait") }
  }

  /// What to tell while a place is opened.
  static func waiting(_ spot: PickerScreen.Spot) -> String {
    switch spot {
    case .start: "Looking for devices\u{2026}"
    case .local(let path): "Listing \(shown(path))\u{2026}"
    case .device(let location): "Opening \(shown(location))\u{2026}"
    case .folder(let storage, let path): "Listing \(shown(path.isRoot ? storage : "\(storage)/\(path.text)"))\u{2026}"
    }
  }

  /// What becomes of what could not be opened. A device that is away, or not ready, takes all its lists along.
  func take(_ result: Result<PickerScreen, Failure>, _ picker: inout Picker) {
    switch result {
    case .success(let screen): picker.enter(screen)
    case .failure(let error):
      picker.fail(Self.lines(error), restart: error.status == .notReady ? places.start() : nil)
    }
  }

  // MARK: Line by line

  private func ask(_ picker: inout Picker) async throws(Failure) -> Choice {
    var next = first
    var isNew = true
    var hasInput = false
    while true {
      if let spot = next {
        next = nil
        isNew = true
        if case .local = spot {} else { context.errors.line(Self.waiting(spot)) }
        let result: Result<PickerScreen, Failure>
        do throws(Failure) { result = .success(try await places.screen(spot)) } catch { result = .failure(error) }
        try context.checkInterrupt()
        if case .failure(let failure) = result, context.hasInput { throw failure }
        take(result, &picker)
      }
      for line in picker.message { context.errors.line(line) }
      if isNew { for line in picker.list { context.errors.line(line) } }
      guard let line = try await context.answer(to: picker.prompt) else {
        guard !hasInput else { throw Self.left }
        return .noInput
      }
      hasInput = true
      let before = picker.levels.count
      switch picker.take(line: line) {
      case .open(let spot): next = spot
      case .choose(let location, _):
        guard let failure = check(location) else { return .location(location) }
        guard !context.hasInput else { throw failure }
        picker.message = Self.lines(failure)
      case .backOut: return .back
      case .leave: throw Self.left
      case .stopWaiting, .suspend, .redraw, nil:
        // What follows in a pipe was meant for another place: it could choose anything.
        guard !context.hasInput || picker.message.isEmpty else { throw Self.unfit(picker.message) }
      }
      isNew = line.isEmpty || picker.levels.count != before
      if picker.level.screen.spot == .start { picker.refresh(places.start()) }
    }
  }
}
