import Foundation
import Journal
import LocalStorage
import PTP
import Storage
import StorageContract
import SyncEngine
import SystemPackage
import Testing

@testable import MTPStorage
@testable import VirtualDevice

/// Trees that nobody thought of: from a folder to a device, to another device, and back into a folder, over every pair of
/// devices that take files. `FILESYNC_TREES` is how many, 50 if it is not set, and `FILESYNC_FIRST_TREE` the number of the
/// first; tree N is the same in every run.
extension OnDevices {
  @Suite("Random trees through two devices and back")
  struct RandomTreesTests {
    private static let pairs = Route.writable.filter { $0.transport == .automatic }.map(\.profile)
    private static let count = number("FILESYNC_TREES") ?? 50
    private static let first = number("FILESYNC_FIRST_TREE") ?? 0

    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    @Test("Bytes, names and dates come back")
    func throughTwoDevices() async throws {
      for number in Self.first..<Self.first + Self.count {
        let (first, second) = (
          Self.pairs[number % Self.pairs.count], Self.pairs[number / Self.pairs.count % Self.pairs.count]
        )
        let tree = RandomTree(seed: UInt64(number))
        do {
          try await through(first, second, tree)
        } catch {
          Issue.record(
            error,
            """
            tree \(number), \(first.name) in \(tree.zones.0.identifier) to \(second.name) in \(tree.zones.1.identifier); \
            alone: FILESYNC_FIRST_TREE=\(number) FILESYNC_TREES=1 make torture
            """
          )
        }
      }
    }

    private func through(_ first: Profile, _ second: Profile, _ tree: RandomTree) async throws {
      let (from, state) = (try FolderStore(holding: tree.items), try FolderStore())
      let disk = try LocalStorage.open(FilePath(from.path))
      for path in tree.items.map(\.path) {
        let entry = try await disk.find(path)
        let wanted = FileTimes(modified: tree.folders[path] ?? entry.times.modified, created: tree.created[path])
        if wanted.created == nil { await disk.disownCreationDate(of: entry) }
        let set = try await disk.setTimes(wanted, of: entry).times
        guard set == wanted else {
          throw ContractViolation("the file system for temporary files keeps no dates: \(set)")
        }
      }
      let journal = try Journal.open(at: "\(state.path)/journal.sqlite")
      let host = try LocalStorage.open(FilePath("\(state.path)/host"), creating: true)
      let back = try LocalStorage.open(FilePath("\(state.path)/back"), creating: true)
      var options = MTPOptions.impatient
      options.memory = DeviceMemory(folder: "\(state.path)/devices")
      let rigs = [
        try Rig(first, holding: [.directory("documents")], zone: tree.zones.0),
        try Rig(second, holding: [.directory("documents")], zone: tree.zones.1),
      ]
      func run(_ source: any Storage, _ destination: any Storage) async throws {
        let run = SyncRun(from: source, to: destination, journal: journal, policy: SyncPolicy(), host: host)
        let plan = try await run.plan(control: TransferControl()) { _ in }
        let ending = await run.execute(plan, control: TransferControl()) { _ in }
        guard ending == .done else { throw ContractViolation("ended \(ending)") }
        let again = try await run.plan(control: TransferControl()) { _ in }
        guard again.isIdle else {
          let steps = again.actions.map { ($0.change, $0.reason, $0.path) }
          let folders = again.folderDates.map { ($0.path, $0.times) }
          throw ContractViolation("not idle: \(steps), \(again.names), \(folders)")
        }
      }
      // Each time in a session of its own: what one learned, the next has to know.
      try await rigs[0].withStorage(options, at: .of("documents")) { try await run(disk, $0) }
      try await rigs[0].withStorage(options, at: .of("documents")) { one in
        try await rigs[1].withStorage(options, at: .of("documents")) { try await run(one, $0) }
      }
      let wanted = try await disk.everything()
      try await rigs[1].withStorage(options, at: .of("documents")) { storage in
        try await checkZone(of: storage, wanted.values.filter { !$0.isDirectory })
        try await run(storage, back)
      }

      let got = try await back.everything()
      guard Set(wanted.keys) == Set(got.keys), Set(wanted.keys) == Set(tree.items.map(\.path)) else {
        throw ContractViolation("names: \(Set(wanted.keys).symmetricDifference(got.keys).map(\.bytes))")
      }
      for (path, entry) in wanted {
        let other = try #require(got[path])
        guard entry.isDirectory == other.isDirectory else { throw ContractViolation("kind of \(path)") }
        guard let date = entry.times.modified, other.times.modified == date else {
          throw ContractViolation("date of \(path): \(String(describing: other.times)) for \(entry.times)")
        }
        guard other.times.created == tree.created[path] else {
          throw ContractViolation("creation date of \(path): \(other.times) for \(entry.times)")
        }
        if entry.isDirectory { continue }
        let bytes = (try await disk.bytes(of: entry), try await back.bytes(of: other))
        guard bytes.0 == bytes.1 else { throw ContractViolation("bytes of \(path)") }
      }
    }

    /// What a device that keeps dates shows of them is read in its zone, as far as the zone is known.
    private func checkZone(of device: any Storage, _ wanted: [Entry]) async throws {
      guard case .readWrite(let precision) = device.traits.times.modified else { return }
      let listed = try await device.everything().values.filter { !$0.isDirectory }
      guard listed.count == wanted.count else { throw ContractViolation("\(listed.count) files on the device") }
      // The simplest ones tell no dates at all.
      for entry in listed where !entry.hasAssumedZone && entry.times.modified != nil {
        guard wanted.contains(where: { entry.times.mayBeModified(with: $0.times, precision: precision) }) else {
          throw ContractViolation("the device's own date of \(entry.path): \(entry.times)")
        }
      }
    }
  }
}

/// A tree made from a number, and the zones of the two devices that it visits.
private struct RandomTree {
  var items: [TreeItem] = []
  /// Creation dates, as far as they are known.
  var created: [RelativePath: Timestamp] = [:]
  /// Modification dates of the folders.
  var folders: [RelativePath: Timestamp] = [:]
  /// The first one of every other tree is an odd one.
  let zones: (TimeZone, TimeZone)

  private static let allZones = TimeZone.knownTimeZoneIdentifiers.sorted().compactMap { TimeZone(identifier: $0) }
  /// Half and quarter hours, southern summers, summers of half an hour or at other times, days left out, and the widest.
  private static let oddZones = [
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney",
    "America/Santiago", "America/St_Johns", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin",
    "Asia/Pyongyang", "America/Caracas", "America/Phoenix", "Pacific/Kiritimati", "Pacific/Pago_Pago",
  ].compactMap { TimeZone(identifier: $0) }
  /// What names are made of: what devices fold, forbid, cut or compose, and what is no UTF-8.
  private static let pieces: [[UInt8]] =
    [
      "a", "A", "b", "\u{E9}", "e\u{301}", "\u{C9}", ":", "\u{FF1A}", "?", ".", " ", "%3A", "%", "\u{1}", " (2)",
      ".txt",
      "\u{1F600}", "\u{DF}", "\\", String(repeating: "x", count: 120), String(repeating: "\u{20AC}", count: 60),
    ].map { Array($0.utf8) } + [[0xFF], [0xED, 0xA0, 0x80]]
  /// Sizes of packets, buffers and pieces, from full speed's to 70 KiB.
  private static let boundaries = [
    0, 64, 500, 512, 1024, 4096, 8192, 16_384, 20_480, 32_768, 49_152, 61_440, 65_536, 71_680,
  ]

  init(seed: UInt64) {
    var numbers = SeededNumbers(state: seed)
    func zone() -> TimeZone { Self.allZones.randomElement(using: &numbers) ?? .gmt }
    let odd = seed % 2 == 0 ? Self.oddZones[Int(seed / 2 % UInt64(Self.oddZones.count))] : zone()
    zones = (odd, zone())
    var folders = [RelativePath.root]
    var taken: Set<RelativePath> = []
    for _ in 0..<Int.random(in: 2...9, using: &numbers) {
      let parent = folders.randomElement(using: &numbers) ?? .root
      let name = Self.name(among: taken.filter { $0.parent == parent }.sorted(), &numbers)
      guard name.count <= 255, let path = parent.appending(name), taken.insert(path).inserted else { continue }
      if folders.count < 4, Int.random(in: 0..<4, using: &numbers) == 0 {
        items.append(.directory(path))
        folders.append(path)
        continue
      }
      let size = Self.size(&numbers)
      let modified = Self.date(zones, &numbers)
      items.append(.file(path, someBytes(size, seed: numbers.next()), modified: modified))
      created[path] = Self.creationDate(zones, &numbers)
    }
    for folder in folders.dropFirst() {
      self.folders[folder] = Self.date(zones, &numbers)
      created[folder] = Self.creationDate(zones, &numbers)
    }
  }

  /// Of one in four nobody knows it.
  private static func creationDate(_ zones: (TimeZone, TimeZone), _ numbers: inout SeededNumbers) -> Timestamp? {
    Int.random(in: 0..<4, using: &numbers) == 0 ? nil : date(zones, &numbers)
  }

  /// Now and then one that another of the folder is taken for: in other case, or composed otherwise; or one of about as many
  /// UTF-16 units as MTP can carry, which are 254.
  private static func name(among others: [RelativePath], _ numbers: inout SeededNumbers) -> [UInt8] {
    let kind = Int.random(in: 0..<8, using: &numbers)
    if kind < 3, let other = others.randomElement(using: &numbers)?.name,
      let text = String(validating: other, as: UTF8.self)
    {
      let twins = [
        text.uppercased(), text.lowercased(), text.precomposedStringWithCanonicalMapping,
        text.decomposedStringWithCanonicalMapping,
      ]
      return Array((twins.randomElement(using: &numbers) ?? text).utf8)
    }
    let name = (0..<Int.random(in: 1...3, using: &numbers)).flatMap { _ in pieces.randomElement(using: &numbers) ?? [] }
    guard kind == 7 else { return name }
    return name + [UInt8](repeating: 0x79, count: max(0, Int.random(in: 252...255, using: &numbers) - name.count))
  }

  /// Half of them next to a boundary, the header of 12 bytes included or not.
  private static func size(_ numbers: inout SeededNumbers) -> Int {
    guard Bool.random(using: &numbers) else { return Int.random(in: 0...71_680, using: &numbers) }
    let near = (boundaries.randomElement(using: &numbers) ?? 0) + Int.random(in: -1...1, using: &numbers)
    return min(max(0, Bool.random(using: &numbers) ? near : near - 12), 71_680)
  }

  /// From 1980 to 2100; every fourth within two hours of a change of the clocks where one of the devices is.
  private static func date(_ zones: (TimeZone, TimeZone), _ numbers: inout SeededNumbers) -> Timestamp {
    var seconds = Int64.random(in: 315_532_800...4_133_980_799, using: &numbers)
    let kind = Int.random(in: 0..<8, using: &numbers)
    if kind < 2,
      let change = (kind == 0 ? zones.0 : zones.1)
        .nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: Double(seconds)))
    {
      let near = Int64(change.timeIntervalSince1970) + Int64.random(in: -7200...7200, using: &numbers)
      seconds = min(max(near, 315_532_800), 4_133_980_799)
    }
    return Timestamp(seconds: seconds, nanoseconds: UInt32.random(in: 0..<1_000_000_000, using: &numbers))
  }
}

extension Storage {
  /// Every file and folder, by its path.
  fileprivate func everything() async throws -> [RelativePath: Entry] {
    var entries: [RelativePath: Entry] = [:]
    var folders = [RelativePath.root]
    while let folder = folders.popLast() {
      for entry in try await listAll(folder) {
        entries[entry.path] = entry
        if entry.isDirectory { folders.append(entry.path) }
      }
    }
    return entries
  }
}

extension TreeItem {
  fileprivate var path: RelativePath {
    switch self {
    case .directory(let path), .file(let path, _, _): path
    }
  }
}
