internal import Journal
internal import Storage

/// What the listings and the record say of files that could be removed at the source.
extension Planner {
  func proof() -> Proof {
    var proof = Proof()
    guard input.policy.proves || input.policy.frees else { return proof }
    proof.files = input.source.entries.filter { !$0.isDirectory }.map(look)
    // Nothing tells one of several of a name from the others.
    proof.files += input.source.ambiguous.filter { !$0.isDirectory }.map { Proof.File($0, .notThere) }
    proof.unlisted = input.source.unlisted.values.reduce(0) { $0 + $1.count }
    proof.filtered = input.source.filtered.keys.sorted()
    proof.own = input.source.temporaries.map(\.path).sorted()
    return proof
  }

  private func look(at file: Entry) -> Proof.File {
    let path = file.path
    if case .special = file.kind { return Proof.File(file, .notThere) }
    guard let place = names.places[path]?.path, let copy = destination[place], copy.isOfKind(file),
      !copy.isNameShared, !file.isNameShared, !ambiguousAtDestination.contains(folding.key(place))
    else { return Proof.File(file, .notThere) }
    if case .symbolicLink = file.kind {
      // Its target is all that there is to read.
      let isSame = copy.kind == file.kind
      return Proof.File(file, copy: copy, isSame ? .verified(at: input.destination.began.seconds) : .differs)
    }
    guard file.size != nil, copy.size == file.size else { return Proof.File(file, copy: copy, .differs) }
    var known = Proof.File(file, copy: copy, .unverified)
    let isMoved = (movedInZone.source.contains(path), movedInZone.destination.contains(path))
    known.hasOtherDate = file.times.modified != nil && !isSameDate(file, copy) && !isMoved.0 && !isMoved.1
    let keepRights = [input.sourceTraits, input.destinationTraits].allSatisfy { $0.capabilities.contains(.permissions) }
    known.hasOtherRights = keepRights && file.permissions != nil && file.permissions != copy.permissions
    guard let record = records[path], input.history.unfinished[path] == nil else { return known }
    guard isMoved.0 || isChanged(file, since: record.source) == false,
      isMoved.1 || isChanged(copy, since: record.destination) == false
    else {
      known.verdict = .changed
      return known
    }
    known.isOnRecord = true
    guard !record.isRacy, file.isDatedByItsStorage, copy.isDatedByItsStorage else { return known }
    known.record = record
    guard let verification = record.verification else { return known }
    known.verification = verification
    known.verdict = known.asSame(at: verification.at)
    return known
  }

  /// The files that a run would remove at the source, if all goes well.
  func toFree(_ proof: Proof) -> [Entry] {
    guard input.policy.frees else { return [] }
    var comes: [RelativePath: Bool] = [:]
    for action in actions {
      guard let path = action.source?.path else { continue }
      comes[path] = action.change != .skip
    }
    return proof.files.filter { file in
      guard file.entry.kind == .file else { return false }
      if let comes = comes[file.entry.path] { return comes }
      return switch file.verdict {
      case .verified, .unverified, .changed, .otherRights: true
      case .otherDate, .differs, .notThere, .failed: false
      }
    }.map(\.entry)
  }
}

extension Proof.File {
  /// What is known once its contents are, by that Unix time in seconds: that they are the same.
  func asSame(at time: Int64) -> Proof.Verdict {
    hasOtherDate ? .otherDate : hasOtherRights ? .otherRights : .verified(at: time)
  }
}

extension Entry {
  /// Whether its storage tells a date of it: else a later version of the same size looks the same, and nothing is proved by
  /// what is on record.
  fileprivate var isDatedByItsStorage: Bool { token != nil && (told ?? times).modified != nil }
}
