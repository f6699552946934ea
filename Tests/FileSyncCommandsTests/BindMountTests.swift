import Subprocess
import Testing

/// Folders that are one another's parts by a mount, which their paths do not show.
@Suite(.fewAtOnce) struct BindMountTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  @Test(arguments: ["--mirror", "--two-way", "--move", ""], ["mnt a", "a mnt"])
  func aFolderThatIsInTheOtherByAMountIsRefused(_ option: String, _ ends: String) async throws {
    try world.world.write("a/sub/one", "one")
    try world.world.write("a/two", "two")
    try world.world.makeFolder("mnt")
    let script = #"""
      unshare -m bash -c 'mount --bind a/sub mnt && [ -e mnt/one ] || exit 99
        "$0" sync $1 $2 --yes' "$filesync" "$1" "$2"
      """#
    let run = try await world.bash(script, option, ends)
    // Not everywhere may a test mount something; the plan is tested without.
    if run.status == .exited(99) || run.errors.contains("unshare") { return }
    #expect(run.status == .exited(3), "\(run.output) \(run.errors)")
    #expect(run.errors.contains("One and the same folder"), "\(run.errors)")
    #expect(try world.files("a").keys.sorted() == ["sub/one", "two"])
  }
}
