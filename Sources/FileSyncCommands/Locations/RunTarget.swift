internal import Storage

/// The folder that a run writes to. One that is missing is made when the user has confirmed.
struct RunTarget: Sendable {
  /// As a location, escaped, for people.
  let place: String
  /// Where it is; `nil` for this computer.
  let volume: PlaceVolume?
  /// What the run is planned with.
  let storage: any Storage
  /// Whether it is still to be made.
  let isMissing: Bool
  /// Gives what the run is carried out with.
  let make: @Sendable () async throws(Failure) -> any Storage

  init(_ folder: LocalFolder) throws(Failure) {
    let storage = try folder.open()
    place = shown(folder.path)
    volume = nil
    self.storage = storage
    isMissing = !folder.exists
    make = { () throws(Failure) in folder.exists ? storage : try folder.make() }
  }

  /// A folder on a device; or, if only its last part is missing, one to be made there.
  init(_ place: Place, _ context: CommandContext) async throws(Failure) {
    self.place = place.shown
    volume = place.volume
    if let entry = try await place.look() {
      guard entry.isDirectory else {
        throw place.failure(StorageError(.notADirectory, .nextFile, cause: "It is a file"))
      }
      let storage = try await place.folder()
      self.storage = storage
      isMissing = false
      make = { storage }
      return
    }
    let parent: any Storage
    do throws(StorageError) {
      parent = try await place.volume.folder(at: place.path.parent)
    } catch {
      guard error.reason == .notFound else { throw place.failure(error) }
      throw Failure(
        .notPossible,
        "The folder above \(place.shown) does not exist",
        cure: "Make it first: filesync mkdir -p \(shellWord(place.typed))"
      )
    }
    let path: RelativePath
    do throws(StorageError) {
      path = try await place.volume.fitted(place.path).path
      if try await place.volume.entry(at: path) != nil {
        throw StorageError(.alreadyExists, .nextFile, path: place.path, cause: "It would be called \(path.shown) there")
      }
    } catch {
      throw place.failure(error)
    }
    isMissing = true
    storage = FutureFolder(root: path.bytes, name: parent.traits.name, parent: parent)
    make = { () throws(Failure) in
      do throws(StorageError) {
        try await place.makeFolder(context)
        return try await place.volume.folder(at: path)
      } catch {
        throw place.failure(error)
      }
    }
  }
}
