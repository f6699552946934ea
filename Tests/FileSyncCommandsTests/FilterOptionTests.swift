import Foundation
import Storage
import Testing

@testable import FileSyncCommands

/// The options that say what of a source is meant.
@Suite(.fewAtOnce) struct FilterOptionTests {
  private let world: World

  init() throws {
    world = try World()
    for path in ["a.jpg", "b.txt", "d/c.jpg", "d/e.txt"] { try world.write("from/\(path)", path) }
  }

  private func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

  @Test func theOrderOnTheCommandLineDecides() async throws {
    #expect(await world.run("sync", "from", "one", "--yes", "--include", "/d/", "--exclude", "*.txt") == .done)
    #expect(world.names("one") == ["a.jpg", "d"] && world.names("one/d") == ["c.jpg", "e.txt"])
    #expect(world.output.text.contains("Files and folders left out by the filters: 1"))
    #expect(await world.run("sync", "from", "two", "--yes", "--exclude", "*.txt", "--include", "/d/") == .done)
    #expect(world.names("two/d") == ["c.jpg"])
    try world.write("rules", "# texts\n\n- *.txt\r\n+ *.jpg\n")
    #expect(await world.run("sync", "from", "three", "--yes", "--filter-from", "rules", "--include", "*.txt") == .done)
    #expect(world.names("three") == ["a.jpg", "d"])
    #expect(world.names("three/d") == ["c.jpg"])
  }

  @Test func sizesDatesAndLists() async throws {
    try world.write("from/new", "new", modified: date("2026-11-21T12:00:00Z"))
    try world.write("from/large", String(repeating: "x", count: 2048), modified: date("2026-01-31T22:59:59Z"))
    #expect(await world.run("sync", "from", "1", "--yes", "--min-size", "2K", "--max-size", "1MiB") == .done)
    #expect(world.names("1") == ["large"])
    #expect(await world.run("sync", "from", "2", "--yes", "--newer-than", "2w") == .done)
    #expect(world.names("2") == ["new"])
    // Midnight in the zone of this machine, which is an hour ahead of UTC.
    #expect(await world.run("sync", "from", "3", "--yes", "--newer-than", "2026-02-01", "--older-than", "1d") == .done)
    #expect(world.names("3") == ["new"])
    #expect(await world.run("sync", "from", "4", "--yes", "--newer-than", "2026-01-31T22:59:59Z") == .done)
    #expect(world.names("4") == ["large", "new"])
    try world.write("list", "d/c.jpg\nnew\n")
    #expect(await world.run("sync", "from", "5", "--yes", "--files-from", "list") == .done)
    #expect(world.names("5") == ["d", "new"] && world.names("5/d") == ["c.jpg"])
    try world.write("list", "new\ngone\n")
    #expect(await world.run("sync", "from", "5", "--yes", "--files-from", "list") == .someFailed)
    #expect(world.output.text.contains("gone"))
  }

  /// One line that says what is wrong, before anything is looked at.
  @Test(arguments: [
    (["--include", "[a"], "--include [a"), (["--exclude", "a/../b"], ".."), (["--exclude", ""], "names nothing"),
    (["--filter-from", "rules"], "rules, line 2"), (["--filter-from", "none"], "none"),
    (["--files-from", "paths"], "paths, line 1"), (["--min-size", "2K", "--max-size", "1K"], "--min-size"),
    (["--min-size", "-1"], "--min-size"), (["--max-size", "10X"], "10X"),
    (["--max-size", "99999999999T"], "--max-size"),
    (["--newer-than", "yesterday"], "yesterday"), (["--newer-than", "2026-02-30"], "2026-02-30"),
    (["--newer-than", "1d", "--older-than", "2d"], "--older-than"),
    (["--include", "/d/keep/", "--exclude", "/d"], "/d/*"),
  ])
  func whatIsWrongIsSaid(_ options: [String], _ word: String) async throws {
    try world.write("rules", "+ *.jpg\n*.txt\n")
    try world.write("paths", "../other\n")
    let status = await Program.run(["sync", "mtp:nobody", "to", "--yes"] + options, world.context())
    #expect(status == .usage)
    #expect(world.errors.text.contains(word), "\(world.errors.text)")
    #expect(!world.names("").contains("to") && world.bus.opened == 0)
  }
}
