import Foundation
import StorageContract
import Subprocess
import Testing

/// A local mirror does what `rsync -a --delete` does.
@Suite(.fewAtOnce) struct RsyncTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  /// Generated trees, ten in a run: names, contents, dates, rights (sticky folders, too), and where links point to.
  @Test func leavesTheSameTreesAsRsync() async throws {
    var numbers = SeededNumbers(state: 6)
    let script = """
      set -e
      cp -a mine theirs
      # To the nanosecond, which rsync does not look at by itself.
      rsync -a --delete --modify-window=-1 from/ theirs/
      "$filesync" sync from mine --mirror --no-vault --max-delete 100% --allow-empty --yes --json > log
      list() { (cd "$1" && find . -mindepth 1 -printf '%P|%y|%m|%T@|%l\\n' | LC_ALL=C sort); }
      diff -r --no-dereference from mine
      diff <(list theirs) <(list mine)
      "$filesync" sync from mine --mirror --no-vault --yes --json | grep -c '"type":"step"' && exit 1
      rm -r mine theirs from
      """
    for batch in 0..<20 {
      for tree in 0..<10 {
        for side in ["from", "mine"] {
          let folder = "\(world.world.folder)/\(side)/\(tree)"
          try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
          try fill(folder, depth: 0, &numbers)
        }
      }
      let end = try await world.bash(script)
      #expect(end.status == .exited(0), "batch \(batch): \(end.output.prefix(2000)) \(end.errors.prefix(500))")
      guard end.status == .exited(0) else { return }
    }
  }

  /// Half of the names are on both sides, as things of the same or of another kind.
  private func fill(_ folder: String, depth: Int, _ numbers: inout SeededNumbers) throws {
    for name in ["a", "B", "c d", "\u{E4}\u{2603}", "e\n", "-f", ".g"] {
      let path = "\(folder)/\(name)"
      switch UInt8.random(in: 0..<8, using: &numbers) {
      case 0, 1, 2: try makeFile(path, &numbers)
      case 3 where depth < 3:
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try fill(path, depth: depth + 1, &numbers)
        let rights = [0o755, 0o700, 0o555, 0o1711].randomElement(using: &numbers) ?? 0o755
        try FileManager.default.setAttributes([.posixPermissions: rights], ofItemAtPath: path)
      case 4:
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: ["a", "..", "/x y"][depth % 3])
      default: break
      }
    }
  }

  /// What has one size and one date counts as equal, here and there; so contents go by these, and rights by nothing.
  private func makeFile(_ path: String, _ numbers: inout SeededNumbers) throws {
    let kind = Int.random(in: 0..<6, using: &numbers)
    let attributes: [FileAttributeKey: Any] = [
      .modificationDate: Date(
        timeIntervalSince1970: Double(1_500_000_000 + kind * 1000 + Int.random(in: 0...1, using: &numbers))
      ),
      .posixPermissions: [0o644, 0o600, 0o755, 0o444, 0o640, 0o700].randomElement(using: &numbers) ?? 0o644,
    ]
    let contents = Data(repeating: UInt8(kind), count: (kind / 2 + 1) * 40)
    #expect(FileManager.default.createFile(atPath: path, contents: contents, attributes: attributes))
  }
}
