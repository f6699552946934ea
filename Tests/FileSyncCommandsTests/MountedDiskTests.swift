import Foundation
import Subprocess
import Testing

/// Disks that are mounted in a destination, where nothing can be renamed from one to the other.
@Suite(.fewAtOnce) struct MountedDiskTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  /// Runs a script in a mount namespace of its own; `nil` where a test may mount nothing: the plan is tested without.
  private func mounted(_ mounts: String, _ script: String) async throws -> DeviceWorld.Ending? {
    let run = try await world.bash("export filesync; unshare -m bash -c '{ \(mounts); } || exit 99; \(script)'")
    return run.status == .exited(99) || run.errors.contains("unshare") ? nil : run
  }

  /// What is kept on this computer.
  private var kept: [String] {
    get throws {
      let vault = "data/filesync/vault"
      return try world.files(vault).map { path, file in
        "\(path.drop { $0 != "/" }.dropFirst()) \(String(decoding: file.bytes, as: UTF8.self))"
      }.sorted()
    }
  }

  /// A disk, and a folder of the same one.
  @Test(arguments: ["mount -t tmpfs none to/2024", "mount --bind elsewhere to/2024"])
  func whatChangesThereIsReplacedAndItsVersionKept(_ mount: String) async throws {
    for folder in ["to/2024", "elsewhere"] { try world.world.makeFolder(folder) }
    let date = Date(timeIntervalSince1970: 1_500_000_000)
    for path in ["own", "2024/a", "2024/moved", "2024/d/b"] {
      try world.world.write("from/\(path)", "old \(path)", modified: date)
    }
    let run = try await mounted(
      mount,
      #"""
      chmod 600 from/2024/a; "$filesync" sync from to --yes >/dev/null
        for f in own 2024/a 2024/d/b; do echo "new $f" > from/$f; touch -d @1600000000 from/$f; done; mv from/2024/moved from/moved
        "$filesync" sync from to --yes --json > second
        "$filesync" sync from to --dry-run > third
        cat to/own to/2024/a to/2024/d/b; ls to/moved
        stat -c %a data/filesync/vault/*/2024/a
        "$filesync" vault restore 2 --to back --yes >/dev/null; cat back/own back/2024/a
        "$filesync" vault restore 2 own --to one --yes >/dev/null; ls one; "$filesync" vault restore 2 own nope --yes >/dev/null
      """#
    )
    guard let run else { return }
    #expect(
      run.status == .exited(4) && run.errors.contains("Run 2 has not put this into the vault: nope"),
      "\(run.errors)"
    )
    // It is in two vaults.
    #expect(run.output == "new own\nnew 2024/a\nnew 2024/d/b\nto/moved\n600\nold ownold 2024/aown\n")
    #expect(try kept == ["2024/a old 2024/a", "2024/d/b old 2024/d/b"])
    let second = try #require(world.world.read("second"))
    #expect(second.components(separatedBy: #""type":"keptVersions""#).count == 3, "\(second)")
    #expect(world.world.read("third")?.contains("Nothing to do.") ?? false, "\(world.world.read("third") ?? "")")
    let vault = try FileManager.default.subpathsOfDirectory(atPath: world.world.folder + "/to/.filesync-vault")
    #expect(vault.contains { $0.hasSuffix("/own") } && !vault.contains { $0.hasSuffix("/a") }, "\(vault)")
  }

  @Test(arguments: [("1m", "32m"), ("32m", "1m")])
  func eachDiskHasItsOwnRoom(_ outer: String, _ inner: String) async throws {
    try world.world.makeFolder("to")
    try world.world.makeFolder("from/big")
    let run = try await mounted(
      "mount -t tmpfs -o size=\(outer) none to; mkdir to/big; mount -t tmpfs -o size=\(inner) none to/big",
      #"head -c 4000000 /dev/zero > from/big/film; s=0; "$filesync" sync from to --yes || s=$?; ls to/big; exit $s"#
    )
    guard let run else { return }
    guard outer == "32m" else {
      #expect(run.status == .exited(0) && run.output.hasSuffix("\nfilm\n"), "\(run.output) \(run.errors)")
      return
    }
    #expect(run.status == .exited(4) && !run.output.hasSuffix("\nfilm\n"), "\(run.output) \(run.errors)")
    #expect(run.errors.contains("The disk at big in the destination is too full"), "\(run.errors)")
  }
}
