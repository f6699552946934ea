extension PickerFront {
  private enum Event: Sendable {
    case picture(PictureMode.Event)
    /// What was to be opened, and the how manieth that was.
    case opened(Int, Result<PickerScreen, Failure>)
  }

  /// Shows the picker on a terminal that has begun to show pictures, and gives that back.
  func draw(_ picker: inout Picker, _ mode: PictureMode) async throws(Failure) -> Choice {
    let (events, continuation) = AsyncStream.makeStream(of: Event.self)
    let stop = context.interrupt.onFirst { mode.stop() }
    let lastWords = context.interrupt.onSecond { mode.end() }
    mode.events({ continuation.yield(.picture($0)) }, done: { continuation.finish() })
    var opening = Opening(places: places) { number, result in continuation.yield(.opened(number, result)) }
    let result: Result<Choice, Failure>
    do throws(Failure) {
      result = .success(try await follow(events, &picker, mode, &opening))
    } catch { result = .failure(error) }
    // Nobody else may read the input as long as this does.
    mode.stop()
    for await _ in events {}
    mode.end()
    context.interrupt.forget(stop)
    context.interrupt.forget(lastWords)
    await opening.end()
    return try result.get()
  }

  private func follow(
    _ events: AsyncStream<Event>,
    _ picker: inout Picker,
    _ mode: PictureMode,
    _ opening: inout Opening
  ) async throws(Failure) -> Choice {
    var turn = 0
    if let first { opening.begin(first, &picker) }
    show(&picker, mode, turn)
    for await event in events {
      let wish: Picker.Wish?
      switch event {
      case .opened(let number, let result):
        guard number == opening.number, picker.waitingFor != nil else { continue }
        take(result, &picker)
        wish = nil
      case .picture(.tick):
        turn += 1
        // Whether a device was plugged in is looked for once a second.
        if picker.waitingFor == nil {
          guard picker.level.screen.spot == .start, turn % 5 == 0 else { continue }
          let before = picker.level
          picker.refresh(places.start())
          guard picker.level != before else { continue }
        }
        wish = nil
      case .picture(.spoilt): wish = .redraw
      case .picture(.ended):
        try context.checkInterrupt()
        throw Self.left
      case .picture(.key(let key)): wish = picker.take(key, height: picker.room(lines: mode.size.lines))
      }
      switch wish {
      case .open(let spot): opening.begin(spot, &picker)
      case .choose(let location, _):
        guard let failure = check(location) else { return .location(location) }
        picker.message = Self.lines(failure)
      case .backOut: return .back
      case .leave: throw Self.left
      case .suspend: mode.suspend()
      case .stopWaiting, .redraw, nil: break
      }
      show(&picker, mode, turn)
    }
    try context.checkInterrupt()
    throw Self.left
  }

  private func show(_ picker: inout Picker, _ mode: PictureMode, _ turn: Int) {
    let size = mode.size
    picker.scroll(height: picker.room(lines: size.lines))
    mode.draw(picker.picture(columns: size.columns, lines: size.lines, turn: turn))
  }
}

/// The places that are being opened, one at a time: a device does one thing at a time.
private struct Opening {
  let places: PickerPlaces
  let done: @Sendable (Int, Result<PickerScreen, Failure>) -> Void
  /// Counts them.
  private(set) var number = 0
  private var last: Task<Void, Never>?

  init(places: PickerPlaces, done: @escaping @Sendable (Int, Result<PickerScreen, Failure>) -> Void) {
    self.places = places
    self.done = done
  }

  mutating func begin(_ spot: PickerScreen.Spot, _ picker: inout Picker) {
    number += 1
    picker.waitingFor = PickerFront.waiting(spot)
    last = Task { [places, done, number, last] in
      await last?.value
      do throws(Failure) { done(number, .success(try await places.screen(spot))) } catch {
        done(number, .failure(error))
      }
    }
  }

  /// Waits until nothing is under way any more.
  func end() async { await last?.value }
}
