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
/// devices that take files. `FILESYNC_TREES` is how many, 50 if it is not set; tree N is the same in every run.
extension OnDevices {
  @Suite("Random trees through two devices and back")
  struct RandomTreesTests {
    private static let pairs = Route.writable.filter { $0.transport == .automatic }.map(\.profile)
    private static let count = ProcessInfo.processInfo.environment["FILESYNC_TREES"].flatMap(Int.init) ?? 50

    private static let zones = [
      "UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati",
      "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "Asia/Tehran",
    ]

    @Test("Bytes, names and dates come back")
    func throughTwoDevices() async throws {
      for number in 0..<Self.count {
        let (first, second) = (
          Self.pairs[number % Self.pairs.count], Self.pairs[number / Self.pairs.count % Self.pairs.count]
        )
        do {
          try await through(first, second, RandomTree(seed: UInt64(number)))
        } catch {
          Issue.record(error, "tree \(number), \(first.name) to \(second.name)")
        }
      }
    }

    private func through(_ first: Profile, _ second: Profile, _ tree: RandomTree) async throws {
      var numbers = tree.numbers
      func zone() throws -> TimeZone {
        try #require(TimeZone(identifier: Self.zones.randomElement(using: &numbers) ?? "UTC"))
      }
      let (from, state) = (try FolderStore(holding: tree.items), try FolderStore())
      let disk = try LocalStorage.open(FilePath(from.path))
      for (path, date) in tree.created {
        let entry = try await disk.find(path)
        let times = FileTimes(modified: entry.times.modified, created: date)
        _ = try await disk.setTimes(times, of: entry)
      }
      let journal = try Journal.open(at: "\(state.path)/journal.sqlite")
      let host = try LocalStorage.open(FilePath("\(state.path)/host"), creating: true)
      let back = try LocalStorage.open(FilePath("\(state.path)/back"), creating: true)
      var options = MTPOptions.impatient
      options.memory = DeviceMemory(folder: "\(state.path)/devices")
      let rigs = [
        try Rig(first, holding: [.directory("documents")], zone: try zone()),
        try Rig(second, holding: [.directory("documents")], zone: try zone()),
      ]
      func run(_ source: any Storage, _ destination: any Storage) async throws {
        let run = SyncRun(from: source, to: destination, journal: journal, policy: SyncPolicy(), host: host)
        let plan = try await run.plan(control: TransferControl()) { _ in }
        let ending = await run.execute(plan, control: TransferControl()) { _ in }
        guard ending == .done else { throw ContractViolation("ended \(ending)") }
        let again = try await run.plan(control: TransferControl()) { _ in }
        guard !again.actions.contains(where: { $0.bytes > 0 }) else {
          throw ContractViolation("not idle: \(again.actions.map { ($0.change, $0.reason, $0.path) })")
        }
      }
      // Each time in a session of its own: what one learned, the next has to know.
      try await rigs[0].withStorage(options, at: .of("documents")) { try await run(disk, $0) }
      try await rigs[0].withStorage(options, at: .of("documents")) { one in
        try await rigs[1].withStorage(options, at: .of("documents")) { try await run(one, $0) }
      }
      try await rigs[1].withStorage(options, at: .of("documents")) { try await run($0, back) }

      let (wanted, got) = (try await disk.files(), try await back.files())
      guard Set(wanted.keys) == Set(got.keys) else {
        throw ContractViolation("names: \(Set(wanted.keys).symmetricDifference(got.keys).map(\.bytes))")
      }
      for (path, entry) in wanted {
        let other = try #require(got[path])
        guard other.times.modified?.seconds == entry.times.modified?.seconds else {
          throw ContractViolation("date of \(path): \(String(describing: other.times)) for \(entry.times)")
        }
        guard tree.created.isEmpty || other.times.created == entry.times.created else {
          throw ContractViolation("creation date of \(path): \(other.times) for \(entry.times)")
        }
        let bytes = (try await disk.bytes(of: entry), try await back.bytes(of: other))
        guard bytes.0 == bytes.1 else { throw ContractViolation("bytes of \(path)") }
      }
    }
  }
}

/// A tree made from a number.
private struct RandomTree {
  var items: [TreeItem] = []
  var created: [RelativePath: Timestamp] = [:]
  /// Those that were not used up.
  var numbers: SeededNumbers

  /// What names are made of: what devices fold, forbid, cut or compose, and what is no UTF-8.
  private static let pieces: [[UInt8]] =
    [
      "a", "A", "b", "\u{E9}", "e\u{301}", "\u{C9}", ":", "\u{FF1A}", "?", ".", " ", "%3A", "%", "\u{1}", " (2)",
      ".txt",
      "\u{1F600}", "\u{DF}", "\\", String(repeating: "x", count: 120), String(repeating: "\u{20AC}", count: 60),
    ].map { Array($0.utf8) } + [[0xFF], [0xED, 0xA0, 0x80]]
  /// Around packets, buffers and pieces, header included and not.
  private static let sizes = [
    0, 1, 12, 499, 500, 501, 511, 512, 513, 1012, 4096, 16_371, 16_372, 16_373, 16_384, 65_524, 65_536, 71_680,
  ]

  init(seed: UInt64) {
    numbers = SeededNumbers(state: seed)
    var folders = [RelativePath.root]
    var taken: Set<RelativePath> = []
    for _ in 0..<Int.random(in: 2...9, using: &numbers) {
      let parent = folders.randomElement(using: &numbers) ?? .root
      let name = (0..<Int.random(in: 1...3, using: &numbers))
        .flatMap { _ in Self.pieces.randomElement(using: &numbers) ?? [] }
      guard name.count <= 255, let path = parent.appending(name), taken.insert(path).inserted else { continue }
      if folders.count < 4, Int.random(in: 0..<4, using: &numbers) == 0 {
        items.append(.directory(path))
        folders.append(path)
        continue
      }
      let near = Self.sizes.randomElement(using: &numbers) ?? 0
      let size = Bool.random(using: &numbers) ? near : Int.random(in: 0...71_680, using: &numbers)
      // From 1980 to 2100.
      let date = Timestamp(
        seconds: Int64.random(in: 315_532_800...4_102_444_799, using: &numbers),
        nanoseconds: UInt32.random(in: 0..<1_000_000_000, using: &numbers)
      )
      items.append(.file(path, someBytes(size, seed: numbers.next()), modified: date))
      created[path] = Timestamp(seconds: Int64.random(in: 315_532_800...1_700_000_000, using: &numbers))
    }
  }
}

extension LocalStorage {
  /// Every file, by its path.
  fileprivate func files() async throws -> [RelativePath: Entry] {
    var files: [RelativePath: Entry] = [:]
    var folders = [RelativePath.root]
    while let folder = folders.popLast() {
      for entry in try await listAll(folder) {
        if entry.isDirectory { folders.append(entry.path) } else { files[entry.path] = entry }
      }
    }
    return files
  }
}
