import Foundation
import Storage
import Synchronization
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
    #expect(world.output.text.contains("Files and folders left out by the filters: 1\n    by --exclude *.txt: 1\n"))
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
    try world.write("list", "\u{FEFF}d/c.jpg\nnew\n")
    #expect(await world.run("sync", "from", "5", "--yes", "--files-from", "list") == .done)
    #expect(world.names("5") == ["d", "new"] && world.names("5/d") == ["c.jpg"])
    try world.write("list", "new\ngone\n")
    #expect(await world.run("sync", "from", "5", "--yes", "--files-from", "list") == .someFailed)
    #expect(world.output.text.contains("Left out: 1 (not at the source): gone"))
  }

  /// Nothing lies in a file, and links are not followed.
  @Test(arguments: ["link/in.txt", "folder/in.txt/deeper"], ["sync", "check"])
  func whatAListNamesBehindALinkOrAFileIsTold(_ path: String, _ command: String) async throws {
    try world.write("from/folder/in.txt")
    try world.makeFolder("to")
    try FileManager.default.createSymbolicLink(atPath: "\(world.folder)/from/link", withDestinationPath: "folder")
    try world.write("list", path + "\n")
    let arguments = [command, "from", "to", "--files-from", "list"] + (command == "sync" ? ["--yes"] : [])
    #expect(await Program.run(arguments, world.context()) == .someFailed)
    #expect(world.output.text.contains(": 1 (not at the source): \(path)\n"), "\(world.output.text)")
  }

  /// `m` is what one program calls minutes and people call months.
  @Test func spansSayWhatTheyMean() async throws {
    // Now is 2026-11-22.
    try world.write("spans/months", "old", modified: date("2026-08-22T00:00:00Z"))
    try world.write("spans/minutes", "young", modified: date("2026-11-22T16:00:00Z"))
    #expect(await world.run("sync", "spans", "1", "--yes", "--older-than", "3mo") == .done)
    #expect(world.names("1") == ["months"])
    #expect(await world.run("sync", "spans", "2", "--yes", "--newer-than", "100min") == .done)
    #expect(world.names("2") == ["minutes"])
  }

  @Test func listsComeFromStandardInput() async throws {
    world.input.withLock { $0 = "d/c.jpg\n" }
    #expect(await world.run("sync", "from", "to", "--files-from", "-", answers: ["y"]) == .usage)
    #expect(world.errors.text.contains("standard input is the list of files"))
    #expect(await world.run("sync", "from", "to", "--files-from", "-", "--yes") == .done)
    #expect(world.names("to") == ["d"] && world.names("to/d") == ["c.jpg"])
    world.input.withLock { $0 = "d/c.jpg\0a.jpg\0" }
    #expect(await world.run("sync", "from", "to", "--files-from", "-", "--yes") == .usage)
    #expect(world.errors.text.contains("NUL"))
  }

  @Test func whatIsLeftOutIsListedWithItsRule() async throws {
    let options = ["--exclude", "*.txt", "--max-size", "5", "--dry-run"]
    try world.write("from/large.bin", "123456")
    #expect(await Program.run(["sync", "from", "to"] + options, world.context()) == .done)
    let lines = "  Files and folders left out by the filters: 4\n    by --exclude *.txt: 2\n    by size: 2\n"
    #expect(world.output.text.contains(lines), "\(world.output.text)")
    #expect(!world.output.text.contains("filter  "))
    #expect(await Program.run(["sync", "from", "to", "--verbose"] + options, world.context()) == .done)
    #expect(world.output.text.contains("filter  d/e.txt  (by --exclude *.txt)\n"))
    #expect(world.output.text.contains("filter  large.bin  (by size)\n"))
    #expect(await Program.run(["sync", "from", "to", "--json", "--verbose"] + options, world.context()) == .done)
    let plan = try #require(world.lines.first { $0["type"] as? String == "plan" })
    #expect(plan["filtered"] as? Int == 4)
    let causes = try #require(plan["filteredBy"] as? [[String: Any]])
    #expect(causes.map { $0["by"] as? String } == ["exclude", "size"] && causes[0]["pattern"] as? String == "*.txt")
    let filtered = world.lines.filter { $0["type"] as? String == "filtered" }
    #expect(filtered.map { $0["path"] as? String } == ["b.txt", "d/c.jpg", "d/e.txt", "large.bin"])
  }

  /// One that is mistyped leaves out nothing, or everything.
  @Test(arguments: ["sync", "dates"]) func patternsAboutNothingAreTold(command: String) async throws {
    try world.makeFolder("to")
    let rules = ["--exclude", "*.TXT", "--exclude", "*.mpg", "--exclude", "d/", "--exclude", "/d/"]
    #expect(await Program.run([command, "from", "to", "--dry-run", "--json"] + rules, world.context()) == .done)
    let plan = try #require(world.lines.first { $0["type"] as? String == "plan" })
    let unused = try #require(plan["unusedPatterns"] as? [[String: Any]])
    #expect(unused.map { $0["pattern"] as? String } == ["*.TXT", "*.mpg", "/d/"])
    #expect(unused.map { $0["reason"] as? String } == ["otherCase", "matchesNothing", "decidedBefore"])
    #expect(unused[0]["path"] as? String == "b.txt")
    let told = world.errors.text
    #expect(
      told.contains(
        "--exclude *.TXT is about nothing that is at the source. Upper and lower case differ: there is b.txt"
      )
    )
    #expect(told.contains("--exclude *.mpg is about nothing that is at the source.\n"))
    #expect(told.contains("--exclude /d/ decides nothing: an earlier pattern"))
    #expect(!told.contains("--exclude d/ "))
  }

  /// No folder is called so, and no other pattern is there.
  @Test func aPatternAboutFoldersIsAboutNoFile() async throws {
    try world.write("from/g.jpg/x", "x")
    for (options, reasons) in [
      (["--include", "a.jpg/"], ["matchesNothing"]),
      (["--exclude", "a.jpg", "--include", "A.jpg/"], ["matchesNothing"]),
      (["--exclude", "g.jpg/", "--include", "*.jpg/"], ["decidedBefore"]),
      (["--exclude", "g.jpg/", "--include", "*.JPG/"], ["otherCase"]),
    ] {
      #expect(await Program.run(["sync", "from", "to", "-n", "--json"] + options, world.context()) == .done)
      let plan = try #require(world.lines.last { $0["type"] as? String == "plan" })
      let unused = plan["unusedPatterns"] as? [[String: Any]]
      #expect(unused?.map { $0["reason"] as? String } == reasons, "\(options)")
    }
  }

  /// Blanks around a pattern do not count, but for one with a backslash before it, as on the command line.
  @Test func filterFilesAreReadAsTheyAreWritten() async throws {
    for name in ["trail ", "trail", "two  ", "two ", "back\\", "back\\ "] { try world.write("names/\(name)", name) }
    try world.write("rules", "\u{FEFF}-  trail\\ \t \n- two\\ \\ \n-\tback\\\\  \n")
    #expect(await world.run("sync", "names", "to", "--yes", "--filter-from", "rules") == .done, "\(world.errors.text)")
    #expect(world.names("to") == ["back\\ ", "trail", "two "])
    for rules in ["\u{FEFF}", "\u{FEFF}# all\n+ *\n", "\u{FEFF}\n+ *\n"] {
      try world.write("rules", rules)
      #expect(await world.run("sync", "names", "all", "-n", "--filter-from", "rules") == .done, "\(world.errors.text)")
    }
    world.input.withLock { $0 = "- *\n+ back*\n" }
    #expect(await world.run("sync", "names", "none", "--yes", "--filter-from", "-", "--exclude", "two*") == .usage)
    world.input.withLock { $0 = "+ back*\n" }
    #expect(await world.run("sync", "names", "some", "--yes", "--filter-from", "-") == .done)
    #expect(world.names("some") == ["back\\", "back\\ "])
    try world.write("rules", "+ *\n\u{FEFF}- *\n")
    #expect(await world.run("sync", "names", "all", "-n", "--filter-from", "rules") == .usage)
  }

  /// One line that says what is wrong, before anything is looked at.
  @Test(arguments: [
    (["--include", "[a"], "--include [a"), (["--exclude", "a/../b"], ".."), (["--exclude", ""], "names nothing"),
    (["--filter-from", "rules"], "rules, line 2"),
    (["--files-from", "paths"], "paths, line 1"), (["--min-size", "2K", "--max-size", "1K"], "--min-size"),
    (["--min-size", "-1"], "write a number of bytes"), (["--max-size", "10X"], "such as 10M"),
    (["--max-size", "99999999999T"], "the most is 16777215T"), (["--max-size", "99999999999999999999"], "the most is"),
    (["--newer-than", "1000000000d"], "the most is 999999999d"),
    (["--older-than", "120001mo"], "the most is 120000mo"),
    (["--max-delete", "101%"], "0% to 100%"), (["--max-delete", "-1"], "such as 5%"),
    (["--max-delete", "5 %"], "such as 5%"),
    (["--conflict", "mine"], "write both, newer, larger, source, destination or ask\n"),
    (["--restore-missing", "no"], "'ask', 'always' or 'never'"),
    (["--keep-logs", "0"], "write a whole number, 1 or more"),
    (["--keep-logs", "all"], "write a whole number, 1 or more"), (["--wait", "1e9"], "0 to 31536000"),
    (["--newer-than", "yesterday"], "yesterday"), (["--newer-than", "2026-02-30"], "2026-02-30"),
    (["--newer-than", "1d", "--older-than", "2d"], "--older-than"),
    (["--include", "/d/keep/", "--exclude", "/d"], "/d/*"),
    (["--include", "*.jpg", "--exclude", "*", "--exclude", "x"], "For what is at the top only: --include '/*.jpg'"),
    (["--include", "*/", "--include", "*.jpg", "--exclude", "*", "--exclude", "x"], "Put it last"),
    (["--exclude", "**", "--include", "*.jpg"], "*.jpg is about nothing"),
    (["--newer-than", "3m"], "write 3min or 3mo"), (["--older-than", "3M"], "write 3min or 3mo"),
    (["--older-than", "3x"], "90d"), (["--older-than", "-3d"], "such as 90d"),
    (["--exclude", "mtp:/DCIM"], "begins with no location"), (["--files-from", "empty"], "empty names nothing"),
  ])
  func whatIsWrongIsSaid(_ options: [String], _ word: String) async throws {
    try world.write("rules", "+ *.jpg\n*.txt\n")
    try world.write("paths", "../other\n")
    try world.write("empty", "\n  \n")
    let status = await Program.run(["sync", "mtp:nobody", "to", "--yes"] + options, world.context())
    #expect(status == .usage)
    #expect(world.errors.text.contains(word), "\(world.errors.text)")
    #expect(!world.names("").contains("to") && world.bus.opened == 0)
  }

  @Test(arguments: ["--filter-from", "--files-from"]) func whatIsNotThereIsNoWrongUsage(option: String) async {
    #expect(await world.run("sync", "mtp:nobody", "to", "--yes", option, "none") == .notPossible)
    #expect(world.errors.text.hasPrefix("filesync: \(option) none: there is no such file"), "\(world.errors.text)")
  }
}
