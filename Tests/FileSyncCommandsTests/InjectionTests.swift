import Foundation
import MTPStorage
import Storage
import Testing

@testable import FileSyncCommands

/// Names, labels and errors that would give orders to a terminal, forge a line of a log, or end a string of JSON, through
/// every command. Nothing of them arrives but as what they are.
@Suite(.fewAtOnce) struct InjectionTests {
  private let world: World
  /// All that was printed.
  private let told = Collected()
  /// Sets a terminal's title and colour, begins lines of its own, turns the direction of writing, and quotes.
  private static let hostile = "e\u{1B}]0;own\u{7}\nFORGED\u{9B}31m\u{202E}\r\"\u{2028}`$(x)\u{7F}"

  init() throws {
    world = try World()
    for folder in ["from", "phone"] {
      try world.write("\(folder)/\(Self.hostile).txt", "text \(folder)")
      try world.write("\(folder)/in \(Self.hostile)/\(Self.hostile)", "more")
      // The control sequence of a terminal that reads Latin 1, and what is no text at all.
      try writeRaw("\(folder)/raw".utf8 + [0x9B, 0x33, 0x31, 0x6D, 0xFF, 0x1B, 0x63])
      try FileManager.default.createSymbolicLink(
        atPath: "\(world.folder)/\(folder)/link \(Self.hostile)",
        withDestinationPath: "to \(Self.hostile)"
      )
    }
    try world.write("only/\(Self.hostile)", "x")
    world.bus.fill(from: world.folder + "/phone", unlisted: "gone \(Self.hostile)")
    world.bus.label(Self.hostile)
    world.bus.plug(.fake("Pixel \(Self.hostile)", serial: "S\(Self.hostile)"))
  }

  private func writeRaw(_ name: [UInt8]) throws {
    let path = (Array("\(world.folder)/".utf8) + name + [0]).map(CChar.init(bitPattern:))
    try #require(close(unsafe open(path, O_CREAT | O_WRONLY, 0o600)) == 0)
  }

  /// Runs a command, and says what of the hostile text came through.
  private func expectHarmless(_ arguments: [String], answers: [String]? = nil, environment: [String: String] = [:])
    async
  {
    let (output, errors) = (Collected(), Collected())
    var context = world.context(answers: answers, environment: environment)
    let isTerminal = answers != nil
    context.output = .collecting(into: output, isTerminal: isTerminal)
    context.errors = .collecting(into: errors, isTerminal: isTerminal)
    _ = await Program.run(arguments, context)
    told.append(output.text + errors.text)
    let words = shown(arguments.joined(separator: " "))
    expectHarmless(output.text, "standard output of \(words)")
    // The bar's own way to its beginning.
    expectHarmless(
      isTerminal ? errors.text.replacing("\r", with: "").replacing("\u{1B}[K", with: "") : errors.text,
      "standard error of \(words)"
    )
    guard arguments.contains("--json") else { return }
    for line in output.text.split(separator: "\n") {
      let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["type"] is String, "no JSON from \(words): \(shown(String(line)))")
    }
  }

  private func expectHarmless(_ text: String, _ place: String) {
    let bad = text.unicodeScalars.filter { isHazardous($0) && $0 != "\n" }
    #expect(bad.isEmpty, "\(bad.map { String($0.value, radix: 16) }) on \(place): \(shown(text))")
    #expect(!text.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("FORGED") }, "a forged line on \(place)")
  }

  /// Makes sure that names were printed, for people and for programs.
  private func expectTold() {
    #expect(told.text.contains(shown(Self.hostile)) && told.text.contains(#"\u001b]0;own\u0007\nFORGED\u009b"#))
  }

  /// All logs that there are.
  private func expectHarmlessLogs() throws {
    let folder = URL(filePath: world.folder + "/home/.local/state/filesync/logs")
    let logs = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(logs.count > 9)
    for log in logs {
      let text = try String(contentsOf: log, encoding: .utf8)
      expectHarmless(text, log.lastPathComponent)
      // Each line is one of ours: with a date.
      #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("20") }, "\(log.lastPathComponent): \(text)")
    }
  }

  @Test func looking() async throws {
    let hostile = Self.hostile
    let places = [
      "from", "mtp:", "only/\(hostile)", "mtp:/in \(hostile)", "missing \(hostile)", "mtp:/\(hostile)",
      "mtp:\(hostile)/x",
    ]
    for place in places {
      for command in [
        ["ls"], ["ls", "-lR"], ["ls", "-R", "--json"], ["df"], ["df", "--json"], ["cat"], ["rm"], ["rm", "--json"],
      ]
      where command[0] != "rm" || place.contains("missing") || place.hasSuffix("/x") {
        await expectHarmless(command + [place])
      }
    }
    for command in [
      ["devices"], ["df"], ["doctor"], ["doctor", "--yes", "mtp:"], ["doctor", hostile], ["history"], ["log"],
      ["log", hostile],
      ["history", "import", "from/\(hostile).txt"], ["history", "import", hostile],
      ["history", "export", "--device", hostile],
      ["history", "export", "no \(hostile)/\(hostile)"],
    ] {
      await expectHarmless(command)
      await expectHarmless(command + ["--json"])
    }
    // What the shell makes of `*` can begin with dashes.
    for command in [
      [hostile], ["--\(hostile)"], ["ls", "--\(hostile)"], ["ls", "-\(hostile)", "a"], ["ls", "a", hostile],
      ["sync", "a"],
      ["ls", "--wait", hostile, "a"], ["sync", "--restore-missing", hostile, "a", "b"], ["history", "--last", hostile],
      ["history", hostile], ["help", hostile], ["sync", "--keep-logs=\(hostile)", "a", "b"],
    ] { await expectHarmless(command) }
    expectTold()
  }

  @Test func devicesThatAreNotReady() async throws {
    let hostile = Self.hostile
    let states: [DeviceState] = [
      .busy(holders: [Holder(pid: 7, name: hostile)]), .busy(holders: []), .forbidden(node: "/dev/\(hostile)"),
      .chargingOnly,
      .ready,
    ]
    for state in states {
      world.bus.plug(.fake("Pixel \(hostile)", serial: "S\(hostile)", state: state))
      world.bus.lock(state == .ready)
      for command in [
        ["devices"], ["doctor"], ["df"], ["ls", "mtp:"], ["sync", "mtp:", "to", "--yes"],
        ["ls", "mtp:/x", "--wait", "1"],
      ] {
        // The desktop is not asked.
        await expectHarmless(command, environment: ["PATH": world.folder])
        await expectHarmless(command + ["--json"], environment: ["PATH": world.folder])
      }
    }
    world.bus.lock(false)
    world.bus.plug(
      .fake("A \(hostile)", serial: "same \(hostile)"),
      .fake("B \(hostile)", serial: "\(hostile)", address: 6)
    )
    for command in [["devices"], ["ls", "mtp:"], ["ls", "mtp:\(hostile)x"], ["doctor", "--no-probe", "mtp:"]] {
      await expectHarmless(command)
      await expectHarmless(command + ["--json"])
    }
    expectTold()
  }

  @Test func runs() async throws {
    let hostile = Self.hostile
    for tail in [["--dry-run"], ["--dry-run", "--json"], ["--dry-run", "--verbose"]] {
      await expectHarmless(["sync", "from", "mtp:/new \(hostile)"] + tail)
      await expectHarmless(["dates", "from", "mtp:"] + tail)
      await expectHarmless(["copy", "from/\(hostile).txt", "mtp:/in \(hostile)"] + tail)
    }
    await expectHarmless(["sync", "from", "mtp:/new \(hostile)"], answers: ["y"])
    await expectHarmless(["sync", "from", "mtp:/new \(hostile)", "--yes", "--verbose"])
    await expectHarmless(["sync", "mtp:", "back \(hostile)", "--yes", "--json"])
    await expectHarmless(["sync", "mtp:", "back \(hostile)", "--yes", "--verbose"])
    await expectHarmless(["dates", "from", "mtp:", "--yes", "--verbose"])
    await expectHarmless(["copy", "from/\(hostile).txt", "only", "--yes", "--verbose"])
    await expectHarmless(["copy", "from", "mtp:", "--yes", "--json"])
    await expectHarmless(["mv", "only/\(hostile)", "only/2 \(hostile)", "--yes"])
    await expectHarmless(["mv", "only/2 \(hostile)", "mtp:", "--yes", "--verbose"])
    await expectHarmless(["mv", "from/\(hostile).txt", "only/missing \(hostile)/x", "--yes", "--json"])
    await expectHarmless(["mkdir", hostile, hostile, "from/\(hostile).txt/x", "mtp:/\(hostile)"])
    await expectHarmless(["rm", "only", "mtp:/in \(hostile)"])
    await expectHarmless(["rm", "-r", "mtp:/in \(hostile)"], answers: ["y"])

    // What a device says when it fails.
    world.bus.fill(from: world.folder + "/phone", unlisted: "gone \(hostile)") { operation, path in
      guard operation != .list, path.text.contains("txt") || operation == .createDirectory else { return nil }
      return StorageError(.deviceRefused, .nextFile, cause: "It said \(hostile)")
    }
    for command in [
      ["sync", "from", "mtp:/other", "--yes"], ["sync", "mtp:", "back2", "--yes"],
      ["copy", "from/\(hostile).txt", "mtp:/in x", "--yes"],
      ["mv", "mtp:/\(hostile).txt", "only", "--yes"], ["mkdir", "mtp:/\(hostile)2"], ["rm", "mtp:/\(hostile).txt"],
      ["cat", "mtp:/\(hostile).txt"],
    ] {
      await expectHarmless(command)
      if command[0] != "cat" { await expectHarmless(command + ["--json"]) }
    }
    for command in [
      ["history"], ["log"], ["log", "1"], ["log", "2"], ["log", "3"], ["history", "export", "export \(hostile)"],
    ] {
      await expectHarmless(command)
      await expectHarmless(command + ["--json"])
    }
    expectTold()
    try expectHarmlessLogs()
  }

  /// Folders of our own with such names, and a journal that is none.
  @Test func ownFolders() async throws {
    let home = "\(world.folder)/home \(Self.hostile)"
    try world.write("home \(Self.hostile)/.local/share/filesync/journal.sqlite", "no database")
    for command in [
      ["sync", "from", "to", "--yes"], ["history"], ["log"], ["mv", "from/raw", "only"], ["history", "export"],
    ] {
      await expectHarmless(command, environment: ["HOME": home])
    }
    await expectHarmless(["sync", "from", "to", "--yes", "--log-dir", "\(world.folder)/from/\(Self.hostile).txt"])
    await expectHarmless(["sync", "from", "to", "--yes", "--log-dir", "\(world.folder)/logs \(Self.hostile)"])
    try world.write("file \(Self.hostile)")
    await expectHarmless(
      ["sync", "from", "to"],
      environment: ["XDG_DATA_HOME": "\(world.folder)/file \(Self.hostile)"]
    )
  }

  /// What is printed to be pasted into a shell must be words there.
  @Test func locationsCannotActOnAShell() {
    for character in "`$&;|<>()*?[]{}!~#^\\\"'" {
      let serial = "a\(character)b"
      let location = USBDevice.fake(serial: serial).location(among: [])
      #expect(!location.contains(character), "\(location)")
      #expect(unescaped(location.dropFirst("mtp:".count)) == serial)
    }
  }
}
