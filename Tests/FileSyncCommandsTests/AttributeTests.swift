import CLinux
import Foundation
import Glibc
import Subprocess
import Testing

@testable import FileSyncCommands

/// What a copy between folders keeps besides contents and modification dates: what `cp -a` keeps.
@Suite(.fewAtOnce) struct AttributeTests {
  private let programs: DeviceWorld
  private var world: World { programs.world }

  init() throws { programs = try DeviceWorld() }

  /// All that is compared of a file or folder.
  private struct Attributes: Equatable {
    var mode: mode_t
    var accessed: Int
    var modified: Int
    var extended: [String: [UInt8]]
  }

  private static let paths = ["plain", "shared", "folder", "folder/secret", "folder/closed", "folder/closed/in it"]

  /// The world's folder, as calls take it.
  private func open() throws -> Int32 {
    let folder = unsafe Glibc.open(world.folder, O_RDONLY | O_DIRECTORY)
    try #require(folder >= 0)
    return folder
  }

  private func attributes(_ root: String) throws -> [String: Attributes] {
    var all: [String: Attributes] = [:]
    let folder = try open()
    defer { close(folder) }
    for path in Self.paths {
      let whole = "\(world.folder)/\(root)/\(path)"
      var status = stat()
      try #require(unsafe lstat(whole, &status) == 0, "\(whole)")
      var extended: [String: [UInt8]] = [:]
      for name in ["user.comment", "user.empty"] {
        var value = [UInt8](repeating: 0, count: 100)
        let count = unsafe linux_get_attribute_at(folder, "\(root)/\(path)", name, &value, value.count)
        if count >= 0 { extended[name] = Array(value[..<count]) }
      }
      all[path] = Attributes(
        mode: status.st_mode,
        // Looking into a folder is an access, which may count.
        accessed: path.contains("folder") && status.st_mode & S_IFMT == S_IFDIR ? 0 : status.st_atim.tv_sec,
        modified: status.st_mtim.tv_sec,
        extended: extended
      )
    }
    return all
  }

  /// Of a copy whose original has no known creation date: the moment at which a device, or this computer, made a file or
  /// folder of it is none on the way back, however often it was looked at and filled in between.
  @Test(arguments: ["android", "android-legacy", "umtp", "player", "ereader", "minimal"])
  func theMomentOfACopyBecomesNoCreationDate(profile: String) async throws {
    let device = DeviceWorld.Device(profile: profile)
    try world.makeFolder("phone/documents")
    let date = Date(timeIntervalSince1970: 1_752_580_800)
    try world.write("from/copy.txt", "of another", modified: date)
    try world.write("from/folder/in.txt", "of another", modified: date)
    let folder = try open()
    defer { close(folder) }
    func disown(_ paths: String...) throws {
      let (name, mark) = ("user.filesync.created", "unknown")
      for path in paths {
        try #require(unsafe linux_set_attribute_at(folder, path, name, mark, mark.utf8.count) == 0)
      }
    }
    try disown("from/copy.txt", "from/folder", "from/folder/in.txt")
    _ = try await programs.filesync("sync", "from", "mtp:/documents", "--yes", on: device)
    _ = try await programs.filesync("sync", "from", "mtp:/documents", "--checksum", "--yes", on: device)
    try world.write("from/folder/more.txt", "more", modified: date)
    try disown("from/folder", "from/folder/more.txt")
    _ = try await programs.filesync("sync", "from", "mtp:/documents", "--yes", on: device)
    let run = try await programs.filesync("sync", "mtp:/documents", "back", "--yes", "--json", on: device)
    #expect(run.copied == 3, "\(run.output) \(run.errors)")
    let listed = try await programs.filesync("ls", "-R", "--json", "back")
    #expect(listed.lines("entry").count == 4)
    let created = listed.lines("entry").filter { $0["created"] != nil }
    #expect(created.isEmpty, "\(created)")
  }

  /// What the journal has of a version goes into the vault with it.
  @Test func aReplacedVersionKeepsItsDates() async throws {
    let device = DeviceWorld.Device(profile: "android")
    try world.makeFolder("phone/documents")
    try world.makeFolder("back")
    try world.write("from/a: b", "first", modified: Date(timeIntervalSince1970: 1_500_000_000))
    let folder = try open()
    defer { close(folder) }
    let (name, created) = ("user.filesync.created", "1104537600.000000000")
    try #require(unsafe linux_set_attribute_at(folder, "from/a: b", name, created, created.utf8.count) == 0)
    _ = try await programs.filesync("sync", "from", "mtp:/documents", "--yes", on: device)
    try world.write("from/a: b", "second one", modified: Date(timeIntervalSince1970: 1_600_000_000))
    _ = try await programs.filesync("sync", "from", "mtp:/documents", "--yes", on: device)
    let run = try await programs.filesync(
      "vault",
      "restore",
      "2",
      "--from",
      "mtp:/documents",
      "--to",
      "back",
      "--yes",
      on: device
    )
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(world.read("back/a: b") == "first")
    let entry = try await programs.filesync("ls", "--json", "back").lines("entry").first
    #expect(entry?["created"] as? String == "2005-01-01T00:00:00Z", "\(String(describing: entry))")
  }

  @Test func areKeptAsCpKeepsThem() async throws {
    for path in ["plain", "shared", "folder/secret", "folder/closed/in it"] { try world.write("from/\(path)", path) }
    let from = "\(world.folder)/from"
    let folder = try open()
    defer { close(folder) }
    unsafe linux_set_attribute_at(folder, "from/plain", "user.comment", "a comment", 9)
    unsafe linux_set_attribute_at(folder, "from/plain", "user.empty", "", 0)
    unsafe linux_set_attribute_at(folder, "from/folder", "user.comment", "of a folder", 11)
    unsafe chmod("\(from)/shared", 0o6664)
    unsafe chmod("\(from)/folder/secret", 0o600)
    unsafe chmod("\(from)/folder", 0o2750)
    unsafe chmod("\(from)/folder/closed", 0o1500)
    func date() {
      for (number, path) in Self.paths.enumerated().reversed() {
        let times = [timespec(tv_sec: 1_300_000_000 + number, tv_nsec: 0), timespec(tv_sec: 1_400_000_000, tv_nsec: 7)]
        unsafe utimensat(AT_FDCWD, "\(from)/\(path)", times, 0)
      }
    }
    date()
    let copied = try await programs.plugged([], ["/bin/cp", "-a", from, "\(world.folder)/reference"])
    try #require(copied.status == .exited(0), "\(copied.errors)")
    date()
    let run = try await programs.filesync("sync", "from", "to", "--yes")
    #expect(run.status == .exited(0), "\(run.errors)")
    var expected = try attributes("reference")
    // Who may act as a group or a user is not FileSync's to pass on.
    for path in ["shared", "folder"] { expected[path]?.mode &= ~mode_t(S_ISGID | S_ISUID) }
    #expect(try attributes("to") == expected)
    #expect(expected["plain"]?.extended.count == 2, "the file system for temporary files keeps no attributes")
    unsafe chmod("\(world.folder)/to/folder/closed", 0o700)
    unsafe chmod("\(world.folder)/reference/folder/closed", 0o700)
    unsafe chmod("\(from)/folder/closed", 0o700)
  }
}
