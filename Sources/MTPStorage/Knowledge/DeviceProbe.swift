internal import Storage
internal import Synchronization

/// The files of a probe: in a folder of their own, so that what is there already, however much it is, is listed once. They
/// have the names of temporaries, and no scan takes them for somebody's files.
struct DeviceProbe {
  private static let journal = TemporaryName.probe
  /// The middle of January and July, in years whose summer times differ from one another's: the zone shows.
  private static let dates: [Int64] = [
    1_326_628_800, 1_342_353_600, 1_547_553_600, 1_563_192_000, 1_736_942_400, 1_752_580_800,
  ]
  /// 2001-02-03T04:05:06Z.
  private static let created: Int64 = 981_173_106

  private let storage: any Storage
  /// Asked between two trials. One that has begun goes on to its end, since on Android a file that is announced and does
  /// not come keeps its name.
  private let control: TransferControl
  /// Where its folder is.
  private let home: RelativePath
  /// Where the files are.
  let folder: RelativePath
  private var number: UInt64 = 1
  private(set) var keepsModified = false
  private(set) var keepsCreated = false
  private var sent: [Written] = []
  private var dated: [Entry] = []
  /// What is done to a file is done to this one.
  private var file: Entry?

  init(storage: any Storage, in home: RelativePath, control: TransferControl) throws(StorageError) {
    self.storage = storage
    self.control = control
    self.home = home
    folder = try Self.path(home, TemporaryName.make(journal: Self.journal, number: number))
  }

  private static func path(_ folder: RelativePath, _ name: [UInt8]) throws(StorageError) -> RelativePath {
    guard let path = folder.appending(name) else { throw NameRules.refusal }
    return path
  }

  private mutating func name(filledTo length: Int = 0) -> [UInt8] {
    number += 1
    let name = TemporaryName.make(journal: Self.journal, number: number)
    let end = name.lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    return name[..<end] + Array(repeating: UInt8(ascii: "x"), count: max(0, length - name.count)) + name[end...]
  }

  // MARK: Removing

  /// Removes what an earlier probe left; whether all of it.
  func removesLeftovers() async throws(StorageError) -> Bool {
    var isClean = true
    for entry in try await removal.find(in: home) {
      let isGone = try await removal.remove(entry)
      isClean = isClean && isGone
    }
    return isClean
  }

  /// Removes what this one has sent; whether all of it.
  func removesOwn() async throws(StorageError) -> Bool {
    try await removal.remove(Entry(path: folder, kind: .directory))
  }

  private var removal: ProbeLeftovers { ProbeLeftovers(storage: storage, mayReset: true) }

  // MARK: Trying

  private func send(_ name: [UInt8], dated date: Int64) async throws(StorageError) -> Written {
    try control.check()
    let order = WriteOrder(
      path: try Self.path(folder, name),
      size: UInt64(Self.contents.count),
      times: FileTimes(modified: Timestamp(seconds: date), created: Timestamp(seconds: Self.created)),
      temporaryName: name
    )
    return try await storage.write(BytesInMemory(Self.contents), order, TransferControl())
  }

  private static let contents = Array("FileSync".utf8)

  /// Sends a file, to be removed again, and looks at which of its dates the storage has.
  mutating func sendFirst() async throws(StorageError) { try await sendFiles(dated: Self.dates.prefix(1)) }

  /// Sends files with further dates, or one, where dates are not kept.
  mutating func sendRest() async throws(StorageError) {
    try await sendFiles(dated: keepsModified ? Self.dates.dropFirst() : Self.dates.suffix(1))
  }

  private mutating func sendFiles(dated dates: ArraySlice<Int64>) async throws(StorageError) {
    try control.check()
    _ = try await storage.createDirectory(folder)
    sent = []
    for date in dates { sent.append(try await send(name(), dated: date)) }
    dated = try await storage.verify(sent).compactMap { try? $0.get().written.temporary }
    let precision = storage.traits.times.modified.precision ?? 0
    keepsModified =
      dated.count == sent.count
      && zip(sent, dated).allSatisfy { $1.times.mayBeModified(with: $0.order.times, precision: precision) }
    keepsCreated = dated.count == sent.count && dated.allSatisfy { $0.times.created?.seconds == Self.created }
    file = dated.last
  }

  /// Removes the first file; whether the device lets it.
  func removesFirst() async throws(StorageError) -> Bool {
    guard let first = sent.first else { return false }
    return try await removal.remove(first.temporary)
  }

  /// Sends files with further dates that tell the zone; with two of the first ones, so that nothing explains them all, and
  /// nothing is learned, if this device has the past of its place otherwise than this computer.
  mutating func sendDeciding(_ dates: [Int64]) async throws(StorageError) {
    guard !dates.isEmpty, keepsModified else { return }
    var written: [Written] = []
    for date in dates + Self.dates.suffix(2) { written.append(try await send(name(), dated: date)) }
    _ = try await storage.verify(written)
  }

  /// How the device dates what it has just received, as far as it does not keep the dates that it is sent.
  var received: Timestamp? { keepsModified ? nil : dated.compactMap(\.times.modified).max() }

  func readsPartially() async throws(StorageError) -> Bool {
    guard storage.traits.capabilities.contains(.partialRead), let file else { return false }
    return try await Self.answer(control) { () async throws(StorageError) in
      try await holds(Self.contents.dropFirst(4), file, 4)
    }
  }

  private func holds(_ bytes: ArraySlice<UInt8>, _ file: Entry, _ offset: UInt64) async throws(StorageError) -> Bool {
    let sink = Received()
    _ = try await storage.read(file, from: offset, into: sink, TransferControl())
    return sink.bytes.elementsEqual(bytes)
  }

  /// Whether the modification date of a file can be set, and not only be announced as settable.
  mutating func setsModified() async throws(StorageError) -> Bool {
    guard storage.traits.capabilities.contains(.setTimes), let file else { return false }
    return try await Self.answer(control) { () async throws(StorageError) in
      let dated = try await storage.setTimes(Self.another, of: file)
      self.file = dated
      return isAnother(dated)
    }
  }

  /// A date that no file is sent with.
  private static let another = FileTimes(modified: Timestamp(seconds: dates[0] + 86_400))

  private func isAnother(_ entry: Entry) -> Bool {
    entry.times.mayBeModified(with: Self.another, precision: storage.traits.times.modified.precision ?? 0)
  }

  /// A folder is made without dates, since devices that keep those of files drop those (Android, measured).
  mutating func keepsFolderDates() async throws(StorageError) -> Bool {
    let path = try Self.path(folder, name())
    return try await Self.answer(control) { () async throws(StorageError) in
      isAnother(try await storage.setTimes(Self.another, of: try await storage.createDirectory(path)))
    }
  }

  mutating func renames() async throws(StorageError) -> Bool {
    let path = try Self.path(folder, name())
    guard let file else { return false }
    return try await Self.answer(control) { () async throws(StorageError) in
      self.file = try await storage.move(file, to: path)
      return try await Listing(of: folder, in: storage).entries.contains { $0.path == path }
    }
  }

  /// Whether a file can be written to behind its end.
  func edits() async throws(StorageError) -> Bool {
    guard let file, let size = file.size else { return false }
    try control.check()
    // Without a date: such a file has that of the writing, and would teach that the device keeps none.
    var order = WriteOrder(
      path: file.path,
      size: size + UInt64(Self.contents.count),
      times: FileTimes(),
      temporaryName: Array(file.path.name)
    )
    order.resumesAt = size
    do throws(StorageError) {
      let written = try await storage.write(BytesInMemory(Self.contents), order, TransferControl())
      let longer = try await storage.verify([written])[0].get().written.temporary
      return try await holds(Self.contents[...], longer, size)
    } catch {
      // A device that lists these operations and refuses them would be sent the whole file.
      guard error.isAnswer || error.reason == .unsupported else { throw error }
      return false
    }
  }

  /// The longest name that is read back as it was sent.
  mutating func longestName() async throws(StorageError) -> Int? {
    for length in [254, 200, 128, 100, 64] {
      let name = name(filledTo: length)
      let isTaken = try await Self.answer(control) { () async throws(StorageError) in
        let written = try await send(name, dated: Self.dates[0])
        return try await storage.verify([written]).allSatisfy { (try? $0.get()) != nil }
      }
      if isTaken { return length }
    }
    return nil
  }

  /// Two names that differ in case only.
  mutating func capitals() throws(StorageError) -> (small: [UInt8], capital: [UInt8]) {
    try control.check()
    let name = name(filledTo: 40)
    return (name, name.map { $0 == UInt8(ascii: "x") ? UInt8(ascii: "X") : $0 })
  }

  /// A refusal is an answer as well.
  private static func answer(
    _ control: TransferControl,
    _ body: () async throws(StorageError) -> Bool
  ) async throws(StorageError) -> Bool {
    try control.check()
    do throws(StorageError) {
      return try await body()
    } catch {
      guard error.isAnswer else { throw error }
      return false
    }
  }
}

extension StorageError {
  /// Whether it tells something of the device: a refusal does; an interruption, the end of the session and "not now" do
  /// not.
  fileprivate var isAnswer: Bool { recovery == .nextFile && reason != .cancelled }
}

private final class Received: ByteSink {
  private let collected = Mutex<[UInt8]>([])

  var bytes: [UInt8] { collected.withLock { $0 } }

  func write(_ bytes: RawSpan) throws(StorageError) {
    let more = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    collected.withLock { $0 += more }
  }
}
