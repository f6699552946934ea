internal import Storage
internal import SyncEngine

/// Patterns on a device, where no shell puts names in their place.
extension Places {
  /// Finds what a location means. On a device, where nothing is called so, that is all whose names fit those of the path as
  /// patterns, sorted; with a slash at the end, folders only. As in a shell, a name that begins with a dot fits only what
  /// does so, too.
  /// - Throws: not possible, if nothing fits; refused, if something that may fit could not be listed.
  func findAll(_ location: Location, typed: String, following: Bool = false) async throws(Failure) -> [Place] {
    let place = try await find(location, typed: typed, following: following)
    guard place.mayBePattern, try await place.look() == nil else { return [place] }
    let found = try await place.fitting(context)
    guard !found.isEmpty else {
      throw Failure(
        .notPossible,
        "\(place.shown): nothing has this name, and nothing fits it as a pattern",
        cure: "`filesync ls` of the folder shows what is in it."
      )
    }
    return found
  }
}

extension Place {
  fileprivate var mayBePattern: Bool {
    volume.id != .local && path.components.contains { NamePattern.mayBeOne($0) }
  }

  fileprivate func fitting(_ context: CommandContext) async throws(Failure) -> [Place] {
    let names = path.components.map { Array($0) }
    let first = names.firstIndex { NamePattern.mayBeOne($0) } ?? names.endIndex
    var folders = [RelativePath(Array(names[..<first].joined(separator: [UInt8(ascii: "/")]))) ?? .root]
    var found: [Entry] = []
    for (index, name) in names.enumerated().dropFirst(first) {
      found = []
      let isFolder = index < names.count - 1 || endsInSlash
      let pattern = NamePattern(name)
      for folder in folders {
        try context.checkInterrupt()
        found += try await entries(of: folder, fitting: pattern).filter { $0.isDirectory || !isFolder }
      }
      folders = found.map(\.path)
    }
    let base = typedFolder(above: names.count - first)
    return found.sorted { $0.path < $1.path }.map { entry in
      let rest = entry.path.components.dropFirst(first).map { String(decoding: $0, as: UTF8.self) }
      var place = self
      place.typed = base + rest.joined(separator: "/")
      place.path = entry.path
      place.listed = entry
      return place
    }
  }

  private func entries(of folder: RelativePath, fitting pattern: NamePattern) async throws(Failure) -> [Entry] {
    let listing: Listing
    do throws(StorageError) {
      listing = try await Listing(of: folder, in: volume.storage)
    } catch {
      throw failure(error)
    }
    // What has no name here may be anything.
    if let gap = listing.unlisted.first(where: { $0.name.isEmpty || pattern.fits(Array($0.name.utf8)) }) {
      throw Failure(
        .refused,
        "\(volume.location(of: folder)) could not be listed whole (\(gap.reason.words)), so that nobody knows what fits \(shown)",
        cure: "Name the files themselves, or run again once all of it can be listed."
      )
    }
    let fitting = listing.entries.filter { pattern.fits(Array($0.path.name)) }
    var paths: Set<RelativePath> = []
    for entry in fitting where entry.isNameShared || !paths.insert(entry.path).inserted {
      throw failure(
        StorageError(.ambiguousName, .nextFile, path: entry.path, cause: "The device has several of this name")
      )
    }
    return fitting
  }

  /// What was typed, without its last names, however many slashes are between them.
  private func typedFolder(above count: Int) -> String {
    var text = typed[...]
    for _ in 0..<count {
      while text.last == "/" { text.removeLast() }
      while let last = text.last, last != "/" { text.removeLast() }
    }
    return String(text)
  }
}

/// One name of a path, which may stand for several.
private struct NamePattern {
  private let name: [UInt8]
  /// `nil` for what only stands for itself.
  private let pattern: Pattern?

  static func mayBeOne(_ name: some Sequence<UInt8>) -> Bool {
    name.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
  }

  init(_ name: [UInt8]) {
    self.name = name
    let text = Self.mayBeOne(name) ? String(validating: name, as: UTF8.self) : nil
    pattern = text.flatMap { try? Pattern($0) }
  }

  func fits(_ other: [UInt8]) -> Bool {
    let dot = UInt8(ascii: ".")
    guard let pattern, other.first != dot || name.first == dot else { return other == name }
    return pattern.fits(name: other)
  }
}
