internal import MTPStorage
internal import Storage

/// Finds what locations mean, and keeps the devices open that they are on: each is opened once, however many of the
/// locations are on it.
actor Places {
  let context: CommandContext
  private let wait: Double
  private let say: @Sendable (String) -> Void
  private var sessions: [DeviceSession] = []
  private var local: PlaceVolume?

  private init(_ context: CommandContext, wait: Double, say: @escaping @Sendable (String) -> Void) {
    self.context = context
    self.wait = wait
    self.say = say
  }

  /// Runs `body`, and gives the devices back that it opened. `wait` is how long an absent one is waited for, in seconds;
  /// `say` takes what the user should know of it.
  static func use<Value: Sendable>(
    _ context: CommandContext,
    wait: Double,
    say: (@Sendable (String) -> Void)? = nil,
    _ body: (Places) async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let places = Places(context, wait: wait, say: say ?? { context.errors.line($0) })
    let result: Result<Value, Failure>
    do throws(Failure) {
      result = .success(try await body(places))
    } catch {
      result = .failure(error)
    }
    await places.end()
    return try result.get()
  }

  /// Finds what a location means; a link stands for itself, or, with `following`, for what it points to.
  func find(_ location: Location, typed: String, following: Bool = false) async throws(Failure) -> Place {
    switch location {
    case .local(let text):
      let local = try LocalPath(text, from: context.workingDirectory, following: following)
      return Place(
        typed: typed,
        volume: try localVolume(),
        path: local.path,
        endsInSlash: text.hasSuffix("/"),
        isDotted: local.isDotted
      )
    case .device(let asked, let kio):
      let location = try context.reading(asked, kio: kio)
      let session = try await session(of: location.device)
      let (store, path) = try session.resolve(location)
      let id = PlaceVolume.ID.device(session.usb.place, store: store.id)
      let storage: any Storage
      do throws(StorageError) {
        storage = try await session.device.storage(of: store, at: .root)
      } catch {
        throw Failure(error)
      }
      let volume = PlaceVolume(id: id, storage: storage, device: (session, store))
      return Place(
        typed: typed,
        volume: volume,
        path: await volume.stored(path, context),
        endsInSlash: typed.hasSuffix("/") && !path.isRoot,
        isDotted: false
      )
    }
  }

  private func localVolume() throws(Failure) -> PlaceVolume {
    if let local { return local }
    let volume = try PlaceVolume.local()
    local = volume
    return volume
  }

  /// The session of a device, opened if it is not open yet. It outlives a replug, after which the address is another.
  func session(of selector: DeviceSelector) async throws(Failure) -> DeviceSession {
    // A device that is open is one that this program holds, and can be chosen as any other.
    if !sessions.isEmpty, let usb = try? selector.choose(from: context.connectedDevices()),
      let session = sessions.first(where: { $0.usb.place == usb.place })
        ?? sessions.first(where: { $0.usb.isSame(usb) })
    {
      return session
    }
    let session = try await DeviceSession.open(selector, wait: wait, context, say: say)
    sessions.append(session)
    return session
  }

  private func end() async {
    for session in sessions { await session.end(say: say) }
    sessions = []
  }
}

extension CommandContext {
  /// Throws if one of these can mean several of the devices that are connected. Opens none, and waits for none.
  func checkMeansOne(_ locations: some Sequence<Location>) throws(Failure) {
    guard let devices = try? connectedDevices(), devices.count > 1 else { return }
    for case .device(let asked, let kio) in locations {
      let location = try reading(asked, kio: kio)
      do throws(Failure) {
        _ = try location.device.choose(from: devices)
      } catch {
        // One that is not there may be waited for.
        if error.status == .usage { throw error }
      }
    }
  }

  /// Throws if one of these is a path of this machine at which nothing is. Touches no device.
  func checkHere(_ locations: some Collection<(typed: String, location: Location)> & Sendable) async throws(Failure) {
    try await Places.use(self, wait: 0) { places throws(Failure) in
      for (typed, location) in locations {
        guard case .local = location else { continue }
        _ = try await places.find(location, typed: typed).entry()
      }
    }
  }
}
