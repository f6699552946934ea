internal import Glibc
internal import PTP
public import Storage
internal import Synchronization

extension MTPDevice {
  /// What is known of the device now; only of one that is connected.
  public func knowledge() throws(StorageError) -> DeviceKnowledge { try connected().knowledge }

  /// Finds out what a storage keeps, by sending some twenty tiny files to its root and removing them again, and what a
  /// killed probe left. What was found out is remembered, see ``MTPOptions/memory``. To a device that deletes nothing one
  /// file is sent, and stays.
  /// - Throws: `readOnly` for a storage that takes nothing; `unsupported` over libmtp's calls alone; what ended the
  ///   session, or kept the first file from being sent. What is refused later is an answer.
  public func probe(_ store: Store, _ control: TransferControl) async throws(StorageError) -> DeviceKnowledge {
    // What an earlier probe found is no limit of this one.
    var known = try connected().knowledge
    (known.namesOf, known.longestName, known.isCaseSensitive) = (nil, nil, nil)
    try connected().learn(known)
    let storage = try await storage(of: store, at: .root)
    guard try connected().transport.sendsDates else {
      throw StorageError(.unsupported, .stop, cause: "libmtp's calls alone do not tell what \(name) keeps")
    }
    guard storage.traits.capabilities.contains(.write) else {
      throw StorageError(.readOnly, .stop, cause: "\(storage.traits.name) takes no files, so there is nothing to try")
    }
    var probe = try await DeviceProbe(storage: storage, control: control)
    guard try await probe.removesRest() else { return try remember { $0.deletes = false } }
    do throws(StorageError) {
      try await find(with: &probe, in: store)
    } catch {
      // Where the session has ended, the next probe does it.
      _ = try? await probe.removesRest()
      throw error
    }
    _ = try await probe.removesRest()
    return try connected().knowledge
  }

  private func remember(_ change: (inout DeviceKnowledge) -> Void) throws(StorageError) -> DeviceKnowledge {
    var known = try connected().knowledge
    change(&known)
    known.probed = Int64(time(nil))
    try connected().learn(known)
    return known
  }

  /// Each finding is remembered at once: the next may end the session.
  private func find(with probe: inout DeviceProbe, in store: Store) async throws(StorageError) {
    let says = try connected().transport.deviceInfo.operations
    let abilities = try connected().transport.abilities()
    try await probe.sendDatedFiles(1)
    if let received = probe.received { try connected().learn(received: received) }
    guard try await probe.removesRest() else {
      _ = try remember { known in
        known.deletes = false
        known.keepsModified = probe.keepsModified
        known.keepsCreated = probe.keepsCreated
      }
      return
    }
    try await probe.sendDatedFiles()
    try await probe.sendFiles(dated: connected().zone.deciding(before: Int64(time(nil))))
    // Verifying them has taught the zone and the dates, which the rest goes by.
    var known = try connected().knowledge
    known.deletes = true
    known.keepsModified = probe.keepsModified
    known.keepsCreated = probe.keepsCreated
    known.settableDates =
      (abilities.setsModified ? ["DateModified"] : []) + (abilities.setsCreated ? ["DateCreated"] : [])
    known.edits = [.beginEditObject, .sendPartialObject, .endEditObject].allSatisfy(says.contains)
    known.tellsLargeSizes = [.getPartialObject64, .getObjectPropList, .getObjectPropValue].contains(
      where: says.contains
    )
    known.readsPartially = try await probe.readsPartially()
    try connected().learn(known)
    known.keepsFolderDates = try await probe.keepsFolderDates()
    known.renames = abilities.renames ? try await probe.renames() : false
    known.longestName = try await probe.longestName()
    try connected().learn(known)
    let isCaseSensitive = try await isCaseSensitive(probe.capitals(), at: probe.folder, in: store)
    _ = try remember { known in
      known.isCaseSensitive = isCaseSensitive
      known.namesOf = store.nameSpace
    }
  }

  /// Whether a second file can have the name of another in capitals. Both are the probe's own. `nil` on Android, whose
  /// server takes such a name while the file system beneath may take it for the other file (read in AOSP).
  private func isCaseSensitive(
    _ names: (small: [UInt8], capital: [UInt8]),
    at folder: RelativePath,
    in store: Store
  ) async throws(StorageError) -> Bool? {
    let transport = try connected().transport
    if transport.deviceInfo.vendorExtensionDescription.contains("android.com") { return nil }
    let id = currentID(of: store)
    let parent = try connected().folder(folder, in: id)
    for name in [names.small, names.capital] {
      let text = String(decoding: name, as: UTF8.self)
      let new = NewObject(name: text, finalName: text, parent: parent, store: id)
      do throws(StorageError) {
        // Below the rules of this storage, which forbid it.
        _ = try transport.send(new, size: 1, from: BytesInMemory([1]), TransferControl())
      } catch {
        if transport.isDead { throw error }
        return false
      }
    }
    let listed = try transport.children(of: parent, in: id).records.compactMap { try? $0.name.text() }
    try connected().forgetContents(of: folder, in: id)
    return [names.small, names.capital].allSatisfy { listed.contains(String(decoding: $0, as: UTF8.self)) }
  }
}

/// The files of a probe, in the root of a storage, or in its first folder where the root cannot be listed whole. They have
/// the names of temporaries, so that no scan takes them for somebody's files.
private struct DeviceProbe {
  /// Of whom the temporaries are.
  private static let journal = "doctor"
  /// The middle of January and July, in years whose summer times differ from one another's: the zone shows.
  private static let dates: [Int64] = [
    1_326_628_800, 1_342_353_600, 1_547_553_600, 1_563_192_000, 1_736_942_400, 1_752_580_800,
  ]
  /// 2001-02-03T04:05:06Z.
  private static let created: Int64 = 981_173_106

  let storage: any Storage
  let control: TransferControl
  let folder: RelativePath
  private var number: UInt64 = 0
  private(set) var keepsModified = false
  private(set) var keepsCreated = false
  private var dated: [Entry] = []

  init(storage: any Storage, control: TransferControl) async throws(StorageError) {
    self.storage = storage
    self.control = control
    let root = try await Listing(of: .root, in: storage)
    // A Kindle has nameless things in its root, and nobody can tell whether a name is free there.
    folder = root.isComplete ? .root : root.entries.filter(\.isDirectory).map(\.path).min() ?? .root
  }

  private mutating func name(filledTo length: Int = 0) -> [UInt8] {
    number += 1
    let name = TemporaryName.make(journal: Self.journal, number: number)
    let end = name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    return name[..<end] + Array(repeating: UInt8(ascii: "x"), count: max(0, length - name.count)) + name[end...]
  }

  /// Removes all temporaries of a probe; whether the device lets it. One whose name the device keeps for a file that
  /// never came, since a probe was killed, needs a bus reset.
  func removesRest(mayReset: Bool = true) async throws(StorageError) -> Bool {
    for entry in try await list() where TemporaryName.matches(entry.path.name, journal: Self.journal) {
      do throws(StorageError) {
        try await storage.remove(entry)
      } catch {
        if error.reason == .nameReserved, mayReset {
          try await storage.reset()
          return try await removesRest(mayReset: false)
        }
        guard error.recovery == .nextFile, error.reason != .nameReserved else { throw error }
        return false
      }
    }
    return true
  }

  private func list() async throws(StorageError) -> [Entry] { try await Listing(of: folder, in: storage).entries }

  private func send(_ name: [UInt8], dated date: Int64) async throws(StorageError) -> Written {
    try control.check()
    guard let path = folder.appending(name) else { preconditionFailure("a temporary's name is legal") }
    let order = WriteOrder(
      path: path,
      size: UInt64(Self.contents.count),
      times: FileTimes(modified: Timestamp(seconds: date), created: Timestamp(seconds: Self.created)),
      temporaryName: name
    )
    return try await storage.write(BytesInMemory(Self.contents), order, control)
  }

  private static let contents = Array("FileSync".utf8)

  /// Sends files with known dates, and looks at which of them the storage has.
  mutating func sendDatedFiles(_ count: Int = .max) async throws(StorageError) {
    var written: [Written] = []
    for date in Self.dates.prefix(count) { written.append(try await send(name(), dated: date)) }
    _ = try await storage.verify(written)
    // The zone that it taught holds for this listing.
    let there = try await list()
    dated = written.compactMap { sent in there.first { $0.path == sent.temporary.path } }
    let precision = storage.traits.times.modified.precision ?? 0
    keepsModified =
      dated.count == written.count
      && zip(written, dated).allSatisfy { $1.times.mayBeModified(with: $0.order.times, precision: precision) }
    keepsCreated = dated.count == written.count && dated.allSatisfy { $0.times.created?.seconds == Self.created }
  }

  /// Sends files with further dates that tell the zone; with two of the first ones, so that nothing explains them all, and
  /// nothing is learned, if this device has the past of its place otherwise than this computer.
  mutating func sendFiles(dated dates: [Int64]) async throws(StorageError) {
    guard !dates.isEmpty, keepsModified else { return }
    var written: [Written] = []
    for date in dates + Self.dates.suffix(2) { written.append(try await send(name(), dated: date)) }
    _ = try await storage.verify(written)
  }

  /// How the device dates what it has just received, as far as it does not keep the dates that it is sent.
  var received: Timestamp? { keepsModified ? nil : dated.compactMap(\.times.modified).max() }

  func readsPartially() async throws(StorageError) -> Bool {
    guard storage.traits.capabilities.contains(.partialRead), let file = dated.first else { return false }
    let sink = Received()
    return try await answer { () async throws(StorageError) in
      _ = try await storage.read(file, from: 4, into: sink, control)
      return sink.bytes.elementsEqual(Self.contents.dropFirst(4))
    }
  }

  /// A folder is made without dates, since devices that keep those of files drop those (Android, measured).
  mutating func keepsFolderDates() async throws(StorageError) -> Bool {
    guard storage.traits.capabilities.contains(.setTimes), let path = folder.appending(name()) else {
      return false
    }
    let times = FileTimes(modified: Timestamp(seconds: Self.dates[0]))
    return try await answer { () async throws(StorageError) in
      let folder = try await storage.createDirectory(path)
      let dated = try await storage.setTimes(times, of: folder).times
      return dated.mayBeModified(with: times, precision: storage.traits.times.modified.precision ?? 0)
    }
  }

  mutating func renames() async throws(StorageError) -> Bool {
    guard let file = dated.popLast(), let path = folder.appending(name()) else { return false }
    return try await answer { () async throws(StorageError) in
      _ = try await storage.move(file, to: path)
      return try await list().contains { $0.path == path }
    }
  }

  /// The longest name that is read back as it was sent.
  mutating func longestName() async throws(StorageError) -> Int? {
    for length in [254, 200, 128, 100, 64] {
      let name = name(filledTo: length)
      let isTaken = try await answer { () async throws(StorageError) in
        _ = try await send(name, dated: Self.dates[0])
        return try await list().contains { $0.path.name.elementsEqual(name) }
      }
      if isTaken { return length }
    }
    return nil
  }

  /// Two names that differ in case only.
  mutating func capitals() -> (small: [UInt8], capital: [UInt8]) {
    let name = name(filledTo: 40)
    return (name, name.map { $0 == UInt8(ascii: "x") ? UInt8(ascii: "X") : $0 })
  }

  /// A refusal is an answer as well; an interruption, the end of the session and "not now" are none.
  private func answer(_ body: () async throws(StorageError) -> Bool) async throws(StorageError) -> Bool {
    do throws(StorageError) {
      return try await body()
    } catch {
      guard error.recovery == .nextFile, error.reason != .cancelled else { throw error }
      return false
    }
  }
}

private final class Received: ByteSink {
  private let collected = Mutex<[UInt8]>([])

  var bytes: [UInt8] { collected.withLock { $0 } }

  func write(_ bytes: RawSpan) throws(StorageError) {
    let more = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    collected.withLock { $0 += more }
  }
}
