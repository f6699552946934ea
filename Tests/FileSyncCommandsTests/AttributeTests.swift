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

  @Test func areKeptAsCpKeepsThem() async throws {
    for path in ["plain", "shared", "folder/secret", "folder/closed/in it"] { try world.write("from/\(path)", path) }
    let from = "\(world.folder)/from"
    let folder = try open()
    defer { close(folder) }
    unsafe linux_set_attribute_at(folder, "from/plain", "user.comment", "a comment", 9)
    unsafe linux_set_attribute_at(folder, "from/plain", "user.empty", "", 0)
    unsafe linux_set_attribute_at(folder, "from/folder", "user.comment", "of a folder", 11)
    unsafe chmod("\(from)/shared", 0o664)
    unsafe chmod("\(from)/folder/secret", 0o600)
    unsafe chmod("\(from)/folder", 0o2750)
    unsafe chmod("\(from)/folder/closed", 0o500)
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
    expected["folder"]?.mode &= ~mode_t(S_ISGID | S_ISUID | S_ISVTX)
    #expect(try attributes("to") == expected)
    #expect(expected["plain"]?.extended.count == 2, "the file system for temporary files keeps no attributes")
    unsafe chmod("\(world.folder)/to/folder/closed", 0o700)
    unsafe chmod("\(world.folder)/reference/folder/closed", 0o700)
    unsafe chmod("\(from)/folder/closed", 0o700)
  }
}
