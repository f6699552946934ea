internal import ArgumentParser
internal import Storage

/// `filesync mkdir`
struct MkdirCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "mkdir",
    abstract: "Makes folders.",
    discussion: "The folder above must exist, and the folder itself must not; -p makes what is missing."
  )

  @Argument(help: "Paths, or mtp:DEVICE/STORAGE/PATH.", completion: .directory) var locations: [String]
  @Flag(
    name: [.customShort("p"), .customLong("parents")],
    help: "Make the folders above, too. A folder that exists is no error."
  )
  var parents = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let locations = try locations.map { text throws(Failure) in (text, try Location(text)) }
    let tally = Tally(context, json: json)
    return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
      var records: [PlaceVolume.ID: Unplanned] = [:]
      let end: Result<Void, Failure>
      do throws(Failure) {
        try await tally.each(locations) { (text, location) throws(Failure) in
          let place = try await places.find(location, typed: text)
          let record = records[place.volume.id] ?? place.volume.record("mkdir", context)
          records[place.volume.id] = record
          try await make(place, record)
          tally.done(JSONLine("made", ["location": .text(text)]))
        }
        end = .success(())
      } catch { end = .failure(error) }
      for record in records.values { await record.end(of: tally, end) }
      try end.get()
      return tally.status
    }
  }

  private func make(_ place: Place, _ record: Unplanned) async throws(Failure) {
    // `mkdir new/` means `new`.
    let found = try await place.lookFitted()
    if let found, !parents || !found.isDirectory {
      throw place.failure(StorageError(.alreadyExists, .nextFile, path: place.path, cause: "It exists already"))
    }
    guard found == nil else { return }
    try place.checkWritable()
    do throws(StorageError) {
      try await place.makeFolder(parents: parents, record: record)
    } catch {
      var failure = place.failure(error)
      if error.reason == .notFound { failure.cure = "-p makes the folders above, too." }
      throw failure
    }
  }
}
