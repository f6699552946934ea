internal import ArgumentParser
internal import Storage
internal import SyncEngine

/// A sync whose folders the user chooses: `filesync` alone, `filesync mtp:`, and `filesync sync` where locations are missing
/// or are `mtp:` and nothing else.
struct PickedSync: Sendable {
  /// The arguments of `sync` as far as they were typed.
  private var words: [String] = []
  /// What was typed, and holds.
  private var source: String?
  private var destination: String?
  /// Whether only devices are offered.
  private var isDeviceOnly: (source: Bool, destination: Bool) = (false, false)
  /// Where among the words `mtp:` is to be replaced by what is chosen.
  private var marks: (source: Int?, destination: Int?) = (nil, nil)

  static let anyDevice = "mtp:"

  static let nobodyChooses = Failure(
    .usage,
    "Nobody is there to choose folders, since this is no terminal, and nothing was typed",
    cure: "Name both: filesync sync mtp:/ FOLDER"
  )

  /// `nil` if there is nothing to choose, or nobody to ask.
  init?(_ arguments: [String], _ context: CommandContext) {
    switch arguments {
    case []: if !context.canAsk, !context.hasInput { return nil }
    case [Self.anyDevice]:
      if !context.canAsk, !context.hasInput { return nil }
      isDeviceOnly.source = true
    default:
      guard context.canAsk, arguments.first == SyncCommand._commandName else { return nil }
      words = Array(arguments.dropFirst())
      guard readLocations() else { return nil }
    }
  }

  /// Finds out which locations are to be chosen. Only the parser knows which word it takes for what.
  /// - Returns: whether there are any, and the rest is as it should be.
  private mutating func readLocations() -> Bool {
    let mark = SyncWords.word(in: words)
    if let sync = try? SyncWords(words) {
      guard sync.command.asks else { return false }
      (source, destination) = (sync.command.source, sync.command.destination)
      if let ends = sync.ends {
        if source == Self.anyDevice { (source, marks.source, isDeviceOnly.source) = (nil, ends.source, true) }
        if destination == Self.anyDevice {
          (destination, marks.destination, isDeviceOnly.destination) = (nil, ends.destination, true)
        }
      }
      return source == nil || destination == nil
    }
    if let sync = try? SyncWords(words + [mark]), sync.command.destination == mark {
      source = sync.command.source
      if source == Self.anyDevice, let ends = sync.ends {
        (source, marks.source, isDeviceOnly.source) = (nil, ends.source, true)
      }
      return sync.command.asks
    }
    guard let sync = try? SyncWords(words + [mark, mark + "_"]), sync.command.source == mark,
      sync.command.destination == mark + "_"
    else { return false }
    return sync.command.asks
  }

  /// Has both chosen, runs, and offers to keep the choice and to start again.
  /// - Returns: how the last run ended; `nil` if the input was empty.
  /// - Throws: declined if the user leaves, and interrupted.
  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus? {
    var context = context
    context.canAsk = true
    context.goOn =
      "Nothing was begun. Choose again; or name both folders: filesync sync SOURCE DESTINATION; or a profile: filesync run NAME"
    var last: CommandStatus?
    while true {
      let (from, to): (String, String)
      do throws(Failure) {
        guard let chosen = try await choose(context) else {
          guard last == nil else { throw PickerFront.left }
          return nil
        }
        (from, to) = chosen
      } catch {
        // Who has done something, and leaves then, has done what was wanted.
        guard error.status == .declined, let last else { throw error }
        return last
      }
      let arguments = arguments(from, to)
      let status = try await sync(arguments, context)
      last = status
      if status == .done || status == .someFailed { try await ProfileOffer(arguments: arguments).make(context) }
      guard try await Question(text: "Start again?", isOffer: true).ask(context) else { return status }
    }
  }

  private func arguments(_ from: String, _ to: String) -> [String] {
    var words = words
    var added: [String] = []
    if let mark = marks.source { words[mark] = from } else if source == nil { added.append(from) }
    if let mark = marks.destination { words[mark] = to } else if destination == nil { added.append(to) }
    return words + added
  }

  private func sync(_ arguments: [String], _ context: CommandContext) async throws(Failure) -> CommandStatus {
    var context = context
    context.commandLine = [SyncCommand._commandName] + arguments
    let words = context.commandLine.map(shellWord).joined(separator: " ")
    context.goOn = "To go on: filesync \(words)"
    let command: SyncCommand
    do { command = try SyncCommand.parse(arguments) } catch {
      throw Failure(.usage, shown(SyncCommand.message(for: error)))
    }
    do throws(Failure) { return try await command.run(context) } catch {
      try context.checkInterrupt()
      context.errors.line("filesync: \(error.text)")
      return error.status
    }
  }

  // MARK: The choice

  /// - Returns: both locations; `nil` at the end of the input.
  private func choose(_ context: CommandContext) async throws(Failure) -> (String, String)? {
    if let source, case .local(let path) = try Location(source) {
      _ = try LocalFolder(path, from: context.workingDirectory, mayBeMissing: false)
    }
    // What a device makes necessary would spoil the picture.
    let said = Collected()
    let hold: @Sendable (String) -> Void = { said.append($0 + "\n") }
    let say = context.terminal == nil ? nil : hold
    let chosen: (String, String)? = try await Places.use(context, wait: 0, say: say) { places throws(Failure) in
      var (from, to) = (source, destination)
      var pickers = (
        source: picker("Copy from", .source, places), destination: picker("Copy to", .destination, places)
      )
      var fronts = (source: front(.source, places), destination: front(.destination, places))
      while true {
        if from == nil {
          fronts.source.check = { [to] chosen in to.flatMap { Self.obstacle(from: chosen, to: $0, context) } }
          let choice = try await fronts.source.choose(&pickers.source)
          fronts.source.first = nil
          switch choice {
          case .location(let location): from = location
          // There is nothing before it.
          case .back: continue
          case .noInput: return nil
          }
        }
        guard let start = from else { continue }
        if let to { return (start, to) }
        fronts.destination.check = { Self.obstacle(from: start, to: $0, context) }
        let choice = try await fronts.destination.choose(&pickers.destination)
        switch choice {
        case .location(let location): to = location
        case .back: if source == nil { from = nil }
        case .noInput:
          guard source != nil else { throw PickerFront.left }
          return nil
        }
      }
    }
    context.errors.write(said.text)
    return chosen
  }

  private func picker(_ question: String, _ end: PickerPlaces.End, _ places: Places) -> Picker {
    Picker(question, list(end, places).start())
  }

  private func list(_ end: PickerPlaces.End, _ places: Places) -> PickerPlaces {
    let isDeviceOnly = end == .source ? isDeviceOnly.source : isDeviceOnly.destination
    return PickerPlaces(end: end, hasLocal: !isDeviceOnly, places: places)
  }

  private func front(_ end: PickerPlaces.End, _ places: Places) -> PickerFront {
    let list = list(end, places)
    let start = list.start().rows
    var front = PickerFront(context: places.context, places: list)
    // `mtp:` means the only device there is.
    if !list.hasLocal, start.count == 1, case .open(let spot) = start[0].act { front.first = spot }
    return front
  }

  /// Why two locations are no pair, as far as that can be told without a device.
  private static func obstacle(from source: String, to destination: String, _ context: CommandContext) -> Failure? {
    do throws(Failure) {
      _ = try RunFolders(from: source, to: destination, mayBeMissing: true, context)
      guard case .device(let from, _) = try Location(source), case .device(let to, _) = try Location(destination),
        from.device == to.device, from.store == to.store,
        from.path == to.path || from.path.isRoot || to.path.isRoot || from.path.isBelow(to.path)
          || to.path.isBelow(from.path)
      else { return nil }
      return Failure(
        .usage,
        "Source and destination are the same folder, or one lies in the other",
        cure: "Choose two folders apart."
      )
    } catch { return error }
  }
}

extension SyncCommand {
  /// Whether the user is asked before it begins.
  fileprivate var asks: Bool { !options.yes && !options.dryRun && !options.json }
}
