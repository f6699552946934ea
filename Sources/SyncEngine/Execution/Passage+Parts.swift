internal import Storage

/// Going on with a file that was cut off.
extension Passage {
  /// Whether a write of `file` that is cut off can be gone on with: its version has to be told from the next one.
  func resumes(_ file: Entry) -> Bool {
    !isWithinOneDevice && file.tellsVersion && source.traits.capabilities.contains(.partialRead)
      && destination.traits.capabilities.contains(.resume)
  }

  /// Gives what an interrupted run left of a file the name under which this run writes it: only one run can.
  /// - Returns: whether there may be something of that name now.
  func takeOver(_ part: Entry?, for order: WriteOrder) async -> Bool {
    guard let part, TemporaryName.matches(part.path.name),
      let temporary = order.path.parent.appending(order.temporaryName)
    else { return false }
    let isWrittenApart = order.replacing != nil || destination.traits.capabilities.contains(.staging)
    // If it cannot be had, the file is sent from its beginning, and what is left is the next run's leftover.
    _ = try? await destination.move(part, to: isWrittenApart ? temporary : order.path)
    return true
  }

  /// Before a file is sent once more: finds what there is of it and goes on behind that, or removes it.
  /// - Returns: the file, if all of it had arrived under its name.
  func clearWay(for order: inout WriteOrder, _ source: Entry) async throws(StorageError) -> Entry? {
    order.resumesAt = 0
    var places = [Entry(path: order.path, kind: .file)]
    if let path = order.path.parent.appending(order.temporaryName) { places.append(Entry(path: path, kind: .file)) }
    let found = try await destination.refresh(places)
    // Nobody else makes files of this name.
    if found.count > 1, let temporary = found[1] {
      if order.keepsPart, let size = temporary.size, size > 0,
        try await beginning(of: source, in: temporary, order) == size
      {
        order.resumesAt = size
      } else {
        try await destination.remove(temporary)
      }
    }
    guard !destination.traits.capabilities.contains(.staging) else { return nil }
    guard let there = found.first ?? nil else {
      order.replacing = nil
      // What replaces nothing any more is written under its own name.
      if order.resumesAt > 0, let part = found[1] { _ = try await destination.move(part, to: order.path) }
      return nil
    }
    if let old = order.replacing, there.isSame(as: old) {
      order.replacing = there
      return nil
    }
    guard let known = try await beginning(of: source, in: there, order) else {
      throw StorageError(.alreadyExists, .nextFile, path: order.path, cause: "Another file has this name meanwhile")
    }
    order.replacing = nil
    if let size = there.size, size > 0 {
      if known == order.size, size == order.size { return try await dated(there, order) }
      if order.keepsPart, known == size {
        order.resumesAt = size
        return nil
      }
    }
    try await destination.remove(there)
    return nil
  }

  private func beginning(
    of file: Entry,
    in part: Entry,
    _ order: WriteOrder
  ) async throws(StorageError) -> UInt64? {
    guard part.kind == .file, let size = part.size, StrayCommand.canEnd(size, of: order.size) else { return nil }
    // What is taken for the whole file, and not sent again, has to be all of it.
    let isPart = order.keepsPart && size < order.size
    let thoroughness = isPart ? ContentComparison.Thoroughness.forResuming : .whole
    return try await beginning(of: file, in: part, thoroughness, isPart: true, temporaryName: order.temporaryName)
  }

  /// A file whose date the lost session may not have come to, where dates are set after the data.
  private func dated(_ whole: Entry, _ order: WriteOrder) async throws(StorageError) -> Entry {
    guard destination.traits.capabilities.contains(.setTimes), let wanted = order.times.modified,
      whole.times.modified?.seconds != wanted.seconds
    else { return whole }
    do throws(StorageError) {
      return try await destination.setTimes(order.times, of: whole)
    } catch {
      // One that is refused is found missing when the file is verified.
      guard error.recovery != .reopen else { throw error }
      return whole
    }
  }

  /// Removes what a file that failed for good has left of itself.
  func dropPart(of order: WriteOrder) async {
    guard destination.traits.capabilities.contains(.staging),
      let path = order.path.parent.appending(order.temporaryName)
    else { return }
    try? await destination.discard(Written(order: order, temporary: Entry(path: path, kind: .file)))
  }
}
