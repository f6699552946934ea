internal import ArgumentParser
internal import Foundation
internal import Storage

/// `filesync ls`
struct LsCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "Lists a folder, or tells of one file.",
    discussion: """
      Of a pattern on a device, such as 'mtp:/DCIM/*/*.jpg', what fits it is listed. Control characters in names are \
      shown as \\xNN, so that no name can act on the terminal.
      """
  )

  @Argument(help: "A path, or mtp:DEVICE/STORAGE/PATH.", completion: .file()) var location: String
  @Flag(name: .customShort("l"), help: "Sizes and dates too.") var long = false
  @Flag(name: [.customShort("R"), .customLong("recursive")], help: "Folders in it too.") var recursive = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    switch try Location(location) {
    case .local(let path):
      if let file = try await file(at: path, context) { return tell(file, context) }
      let folder = try LocalFolder(path, from: context.workingDirectory, mayBeMissing: false)
      return try await list(try folder.open(), context)
    case .device:
      return try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
        let found = try await places.findAll(try Location(location), typed: location)
        guard let place = found.first, place.listed == nil else { return try tell(found, context) }
        let folder: any Storage
        do throws(StorageError) {
          folder = try await place.volume.folder(at: place.path)
        } catch {
          guard error.reason == .notADirectory else { throw place.failure(error) }
          return tell(try await place.entry(), context)
        }
        return try await list(folder, context)
      }
    }
  }

  /// What is at a path of this computer, if that is no folder; a link to one counts as a folder.
  private func file(at path: String, _ context: CommandContext) async throws(Failure) -> Entry? {
    try await Places.use(context, wait: 0) { places throws(Failure) in
      let place = try await places.find(.local(path), typed: path)
      guard let entry = try await place.look(), !entry.isDirectory else { return nil }
      guard case .symbolicLink = entry.kind else { return entry }
      let target = try await places.find(.local(path), typed: path, following: true).look()
      return target?.isDirectory == true ? nil : entry
    }
  }

  /// Lists what fits a pattern, and not what is in it, by the paths from the folder on that all of it is in.
  private func tell(_ found: [Place], _ context: CommandContext) throws(Failure) -> CommandStatus {
    guard !recursive else {
      throw Failure(.usage, "-R is about one folder, and \(shown(location)) is a pattern", cure: "Name the folder.")
    }
    let folder = found.map(\.path.parent).reduce(found.first?.path.parent ?? .root) { $0.common(with: $1) }
    for place in found {
      guard var entry = place.listed else { continue }
      entry.path = entry.path.from(folder)
      context.output.line(json ? JSONLine(entry).text : line(entry, DateText(context.timeZone), isWhole: true))
    }
    return .done
  }

  private func tell(_ file: Entry, _ context: CommandContext) -> CommandStatus {
    var file = file
    file.path = file.path.nameOnly
    context.output.line(json ? JSONLine(file).text : line(file, DateText(context.timeZone)))
    return .done
  }

  private func list(_ storage: any Storage, _ context: CommandContext) async throws(Failure) -> CommandStatus {
    var status = CommandStatus.done
    var folders = [RelativePath.root]
    var entered = EnteredFolders()
    while let folder = folders.popLast() {
      try context.checkInterrupt()
      try context.checkReader()
      var entries: [Entry] = []
      do throws(StorageError) {
        let listing = try await Listing(of: folder, in: storage)
        for item in listing.unlisted {
          status = .someFailed
          context.errors.line("Not listed: \(folder.shown)/\(shown(item.name)) (\(item.reason.words))")
        }
        // What a probe has left is nobody's, and the next run that writes there removes it.
        entries = listing.entries.filter { !TemporaryName.isProbe($0.path.name) }.sorted { $0.path < $1.path }
      } catch {
        guard !folder.isRoot else { throw Failure(error) }
        status = .someFailed
        context.errors.line("Not listed: \(Failure(error.about(folder)).text)")
      }
      if recursive, !json { context.output.line(folder.isRoot ? ".:" : "\n\(folder.shown):") }
      for entry in entries {
        context.output.line(json ? JSONLine(entry).text : line(entry, DateText(context.timeZone)))
      }
      guard recursive else { continue }
      var next: [RelativePath] = []
      for entry in entries where entry.isDirectory {
        if entered.enters(entry) {
          next.append(entry.path)
        } else {
          status = .someFailed
          context.errors.line("Not listed: \(entry.path.shown) (nested too deep, or within itself)")
        }
      }
      folders += next.reversed()
    }
    return status
  }

  private func line(_ entry: Entry, _ dates: DateText, isWhole: Bool = false) -> String {
    // More than a name has only what a pattern found.
    var name = isWhole ? entry.path.shown : shown(entry.path.name)
    switch entry.kind {
    case .directory: name += "/"
    case .symbolicLink(let target): if long { name += " -> \(shown(target))" }
    case .file, .special: break
    }
    guard long else { return name }
    let size = entry.isDirectory ? "-" : entry.size.map(String.init) ?? "?"
    let date = entry.times.modified.map(dates.full) ?? "no date            "
    return "\(String(repeating: " ", count: max(0, 14 - size.count)))\(size)  \(date)  \(name)"
  }
}

extension CommandContext {
  /// Which of two readings of a location holds: KIO's if a device of that name is connected.
  func reading(_ location: DeviceLocation, kio: DeviceLocation?) throws(Failure) -> DeviceLocation {
    guard let kio, try connectedDevices().contains(where: kio.device.fits) else { return location }
    return kio
  }
}
