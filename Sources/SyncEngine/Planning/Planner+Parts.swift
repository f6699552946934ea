internal import Journal
internal import Storage

extension Planner {
  /// Whether a file that was cut off may be gone on with.
  var goesOnInside: Bool {
    let (source, destination) = (input.sourceTraits, input.destinationTraits)
    // Of one device's file, what passes through this computer is whole or not there.
    let isWithinOneDevice = source.session.map { $0 == destination.session } ?? false
    return !isWithinOneDevice && input.policy.goesOnInside && destination.capabilities.contains(.resume)
      && source.capabilities.contains(.partialRead)
  }

  /// Has a step go on with a part of its file that is still of this version, by size and token.
  mutating func take(_ part: Entry, in index: Int) {
    guard actions[index].part == nil, let file = actions[index].source, file.tellsVersion, let whole = file.size,
      let size = part.size, size > 0, size <= whole
    else { return }
    actions[index].part = part
    actions[index].bytes = whole - size
  }

  /// Has steps go on with what interrupted runs left of their files under temporary names.
  /// - Returns: the temporaries that nobody goes on with.
  mutating func takeParts() -> [Entry] {
    guard goesOnInside else { return input.leftovers }
    var leftovers: [Entry] = []
    var parts: [RelativePath: [(part: Entry, file: BegunFile)]] = [:]
    for leftover in input.leftovers {
      guard let number = TemporaryName.number(in: leftover.path.name), let file = input.history.begun[number],
        leftover.kind == .file
      else {
        leftovers.append(leftover)
        continue
      }
      parts[file.path, default: []].append((leftover, file))
    }
    for index in actions.indices {
      guard let file = actions[index].fileToSend, let found = parts[file.path] else { continue }
      let folder = actions[index].target.parent
      let fitting = found.filter { part, begun in
        part.path.parent == folder && file.size == begun.size && file.token == begun.token
      }
      // Each of several runs may have left one; the longest saves most.
      let best = fitting.max { ($0.part.size ?? 0) < ($1.part.size ?? 0) }
      guard let part = best?.part else { continue }
      take(part, in: index)
      if actions[index].part == part { parts[file.path]?.removeAll { $0.part == part } }
    }
    return leftovers + parts.values.joined().map(\.part)
  }
}

extension Entry {
  /// Whether its token tells it from its next version. That of a device that tells no dates has nothing but the size.
  var tellsVersion: Bool { token != nil && (times.modified != nil || times.created != nil) }
}
