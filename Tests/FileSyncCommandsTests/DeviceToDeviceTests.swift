import Foundation
import Subprocess
import Testing

/// From one device to another, within one, and in place of what a device has.
@Suite(.fewAtOnce) struct DeviceToDeviceTests {
  private static let writable = ["android", "umtp", "player", "minimal"]
  private static let dated = ["android", "player"]
  private let world: DeviceWorld
  private let host = "Europe/Berlin"

  init() throws {
    world = try DeviceWorld()
    let dates = [1_625_140_800, 1_705_320_001, 951_868_799, 1_262_427_072, 1_570_000_001]
    let paths = ["a.txt", "empty", "sub/Żółw.jpg", "sub/deep/512", "写真/b.bin"]
    let texts = ["alpha", "", "turtle", String(repeating: "x", count: 512), String(repeating: "yz", count: 40_000)]
    for (path, (text, date)) in zip(paths, zip(texts, dates)) {
      try world.world.write("one/Tree/\(path)", text, modified: Date(timeIntervalSince1970: Double(date)))
    }
    try world.world.makeFolder("two")
  }

  /// What becomes of the dates of five files.
  private func fate(from source: String, to destination: String) -> [String: Int] {
    [source == "minimal" ? "absent" : Self.dated.contains(destination) ? "verified" : "manifest": 5]
  }

  @Test(arguments: writable, writable)
  func twoDevices(source: String, destination: String) async throws {
    let one = DeviceWorld.Device(profile: source, folder: "one")
    let two = DeviceWorld.Device(profile: destination, folder: "two")
    let script = """
      "$filesync" sync mtp:ONE//Tree mtp:TWO//Copy --yes --json && cp -a two/Copy after-first &&
      "$filesync" sync mtp:ONE//Tree mtp:TWO//Copy --yes --json > second
      """
    let first = try await world.bash(script, on: one, two, zone: host)
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(first.copied == 5 && first.dates == fate(from: source, to: destination), "\(first.dates ?? [:])")
    let keepsDates = source != "minimal" && Self.dated.contains(destination)
    try world.expectSame("one/Tree", "two/Copy", dates: keepsDates)
    try world.expectSame("after-first", "two/Copy", "after the second run")
    #expect(world.world.read("second")?.contains(#""filesCopied":0"#) ?? false)
  }

  @Test(arguments: writable)
  func twoFoldersOfOne(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile, folder: "one")
    for count in [5, 0] {
      let run = try await world.filesync("sync", "mtp:/Tree", "mtp:/Copy", "--yes", "--json", on: device, zone: host)
      #expect(run.status == .exited(0), "\(run.errors)")
      #expect(run.copied == count)
      if count > 0 { #expect(run.dates == fate(from: profile, to: profile)) }
      try world.expectSame("one/Tree", "one/Copy", dates: Self.dated.contains(profile))
    }
    #expect(try world.files("data/filesync/vault").isEmpty)
  }

  @Test(arguments: writable)
  func theReplacedVersionIsKept(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile, folder: "one")
    let date = Date(timeIntervalSince1970: 1_700_000_000)
    try world.world.write("from/a.txt", "a new alpha", modified: date)
    try world.world.write("from/b.bin", "a new b", modified: date)
    let old = try world.files("one/Tree")
    let refused = try await world.filesync("copy", "from/a.txt", "mtp:/Tree", "--yes", "--json", on: device)
    #expect(refused.status == .exited(1) && refused.lines("step").first?["reason"] as? String == "occupied")
    #expect(try world.files("one/Tree") == old)

    let run = try await world.bash(
      #"""
      "$filesync" copy from/a.txt mtp:/Tree --overwrite --yes --json &&
      "$filesync" copy from/b.bin mtp:/Tree/写真 --overwrite --yes --json
      """#,
      on: device
    )
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.lines("finished").map { ($0["counts"] as? [String: Any])?["filesReplaced"] as? Int } == [1, 1])
    let now = try world.files("one/Tree")
    #expect(now["a.txt"]?.bytes == Data("a new alpha".utf8) && now["写真/b.bin"]?.bytes == Data("a new b".utf8))
    if Self.dated.contains(profile) { #expect(now["a.txt"]?.modified == 1_700_000_000) }

    let isOnDevice = Self.dated.contains(profile)
    let vault = isOnDevice ? now.filter { $0.key.contains(".filesync-vault/") } : try world.files("data/filesync/vault")
    #expect(vault.count == 2)
    for path in ["a.txt", "写真/b.bin"] {
      let kept = vault.first { $0.key.hasSuffix((path as NSString).lastPathComponent) }
      #expect(kept?.value.bytes == old[path]?.bytes, "\(path)")
      // A device without dates has none to keep.
      if profile != "minimal" { #expect(kept?.value.modified == old[path]?.modified, "date of \(path)") }
    }
    #expect(now.keys.filter { !$0.contains(".filesync-vault/") }.sorted() == old.keys.sorted())
  }
}
