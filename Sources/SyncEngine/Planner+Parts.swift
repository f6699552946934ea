internal import Journal
internal import Storage

extension Planner {
  /// Has steps go on with what interrupted runs left of their files, if those are still what they were by size and token.
  /// - Returns: the temporaries that nobody goes on with.
  mutating func takeParts() -> [Entry] {
    guard input.destinationTraits.capabilities.contains(.resume), input.sourceTraits.capabilities.contains(.partialRead)
    else { return input.leftovers }
    // Of one device's file, what passes through this computer is whole or not there.
    if let session = input.sourceTraits.session, session == input.destinationTraits.session { return input.leftovers }
    var leftovers: [Entry] = []
    var parts: [RelativePath: [(part: Entry, file: BegunFile)]] = [:]
    for leftover in input.leftovers {
      guard let number = TemporaryName.number(in: leftover.path.name), let file = input.history.begun[number],
        leftover.kind == .file, let size = leftover.size, size > 0, size <= file.size
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
      actions[index].part = part
      actions[index].bytes -= min(actions[index].bytes, part.size ?? 0)
      parts[file.path]?.removeAll { $0.part == part }
    }
    return leftovers + parts.values.joined().map(\.part)
  }
}
