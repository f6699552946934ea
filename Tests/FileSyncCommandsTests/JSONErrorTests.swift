import Testing

@testable import FileSyncCommands

/// Under `--json`, what does not end with 0 ends with `error`, whatever went wrong.
@Suite(.fewAtOnce) struct JSONErrorTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("from/a.txt", "here")
    try world.write("to/a.txt", "there")
  }

  /// Runs a command with `--json` as its last word.
  private func check(_ arguments: [String], _ status: CommandStatus, _ words: String = "") async throws {
    let before = world.lines.count
    #expect(await Program.run(arguments + ["--json"], world.context()) == status, "\(arguments)")
    let lines = world.lines.dropFirst(before)
    let last = try #require(lines.last, "\(arguments)")
    #expect(last["type"] as? String == "error" && last["status"] as? Int32 == status.rawValue, "\(arguments)")
    let cause = try #require(last["cause"] as? String)
    #expect(!cause.isEmpty && (words.isEmpty || cause.contains(words)), "\(arguments): \(last)")
    #expect(lines.filter { $0["type"] as? String == "error" }.count == 1, "\(arguments)")
    // People are told as well.
    #expect(cause.hasSuffix("was done") || world.errors.text.contains(cause), "\(arguments): \(cause)")
  }

  @Test func wrongUsage() async throws {
    let commands = [
      "devices", "df", "ls", "cat", "copy", "sync", "dates", "mkdir", "mv", "rm", "doctor", "history", "history list",
      "history export", "history import", "log", "",
    ]
    for command in commands {
      try await check(command.split(separator: " ").map(String.init) + ["--frob"], .usage)
    }
    try await check(["sync", "from"], .usage, "<destination>")
    try await check(["sync", "from", "to", "--wait", "long"], .usage, "--wait")
    try await check(["sync", "from", "to", "--quiet", "--verbose"], .usage, "exclude each other")
    try await check(["sync", "from", "to"], .usage, "Nobody is there")
    try await check(["sync", "from", "from/sub", "--yes"], .usage, "lies in the source")
    try await check(["ls", ""], .usage, "empty")
    try await check(["rm", "a\u{1B}", "--frob"], .usage, "Unknown option '--frob'")
  }

  @Test func whatFails() async throws {
    try await check(["ls", "nowhere"], .notPossible, "nowhere")
    try await check(["mkdir", "no/such"], .notPossible, "Nothing was done")
    try await check(["mkdir", "no/such", "new"], .someFailed, "Not all was done")
    try await check(["rm", "nothing"], .notPossible, "Nothing was done")
    try await check(["copy", "from/a.txt", "to", "--yes"], .someFailed, "Not all was done")
    try await check(["log", "99"], .notPossible, "99")
  }

  /// After `--`, it is a name; and nobody else gets JSON.
  @Test func onlyWhoAsksForItGetsIt() async throws {
    #expect(await world.run("ls", "--frob") == .usage)
    #expect(await world.run("mkdir", "no/such") == .notPossible)
    #expect(await world.run("ls", "--", "--json", "--frob") == .usage)
    #expect(world.output.text.isEmpty)
    #expect(await world.run("ls", "--help", "--json") == .done)
    #expect(!world.output.text.contains("{"))
  }
}
