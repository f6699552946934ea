import Foundation
import Testing

@testable import FileSyncCommands

/// `filesync tree`. Each kind of location once; what a device may make up is in ``HostileDeviceTests``.
@Suite(.fewAtOnce) struct TreeCommandTests {
  private let world: World

  init() throws { world = try World() }

  @Test func aFolderAndAllThatIsInIt() async throws {
    try world.write("d/a/inner", "12345")
    try world.write("d/a/other", String(repeating: "x", count: 2000))
    try world.write("d/b/c/deep", "1")
    try world.write("d/esc\u{1B}[2J", "12")
    try FileManager.default.createSymbolicLink(atPath: world.folder + "/d/link", withDestinationPath: "a")
    #expect(await world.run("tree", "d/") == .done)
    let lines = [
      "d/", "├── a/", "│   ├── inner  5 bytes", "│   └── other  2.0 kB", "├── b/", "│   └── c/",
      "│       └── deep  1 byte",
      "├── esc\\x1b[2J  2 bytes", "└── link -> a", "3 folders, 5 files, 2.0 kB\n",
    ]
    #expect(world.output.text == lines.joined(separator: "\n"))
    // A link that is named is followed, as by `ls`.
    #expect(await world.run("tree", "d/link") == .done)
    #expect(world.output.text.hasSuffix("d/link\n├── inner  5 bytes\n└── other  2.0 kB\n0 folders, 2 files, 2.0 kB\n"))
  }

  @Test(arguments: [["tree", "d"], ["ls", "-R", "d"]])
  func aReaderThatGoesAwayEndsIt(command: [String]) async throws {
    for number in 1...3 { try world.write("d/\(number)/file") }
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    var context = world.context()
    context.output = Output(pipe.fileHandleForWriting.fileDescriptor)
    #expect(context.output.hasReader())
    // As the program does before it begins.
    signal(SIGPIPE, SIG_IGN)
    #expect(await Program.run(command, context) == .brokenPipe)
    #expect(!context.output.hasReader() && context.output.failure() == nil && world.errors.text.isEmpty)
  }

  @Test func depthEndsTheWalk() async throws {
    try world.write("d/a/b/c/file")
    try world.write("d/z", "12")
    #expect(await world.run("tree", "d", "--depth", "2") == .done)
    let lines = ["d", "├── a/", "│   └── b/", "└── z  2 bytes", "2 folders (1 not looked into), 1 file, 2 bytes\n"]
    #expect(world.output.text == lines.joined(separator: "\n"))
  }

  @Test func linesOfJSON() async throws {
    try world.write("d/a/file", "12345")
    try world.makeFolder("d/b/c")
    #expect(await world.run("tree", "d", "--depth", "1", "--json") == .done)
    #expect(world.lines.map { $0["path"] as? String } == ["a", "b", nil])
    #expect(world.lines.map { $0["type"] as? String } == ["entry", "entry", "total"])
    #expect(await world.run("tree", "d", "--json") == .done)
    let (entry, total) = (world.lines[4], world.lines[7])
    #expect(entry["path"] as? String == "a/file" && entry["size"] as? Int == 5)
    let counts = ["folders", "files", "bytes", "notLookedInto", "unlisted"].map { total[$0] as? Int }
    #expect(counts == [3, 1, 5, 0, 0])
  }

  /// What could not be listed is marked in its place, and the rest is shown.
  @Test func aListingWithAGapIsTold() async throws {
    try world.write("phone/DCIM/a.jpg", "12345")
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone", unlisted: "secret")
    #expect(await world.run("tree", "mtp:") == .someFailed)
    #expect(world.output.text.contains("(not listed whole)\n"), "\(world.output.text)")
    #expect(world.output.text.contains("    └── a.jpg  5 bytes\n1 folder, 1 file, 5 bytes; not all could be listed\n"))
    #expect(world.errors.text.contains("Not listed: DCIM/secret ("), "\(world.errors.text)")
    #expect(await world.run("tree", "mtp:/DCIM", "--json") == .someFailed)
    #expect(world.lines.map { $0["type"] as? String } == ["unlisted", "entry", "total", "error"])
    #expect(world.lines.first?["name"] as? String == "secret")
  }

  @Test(
    arguments: [
      (["nothing"], CommandStatus.notPossible, "nothing"), (["d/a"], .notPossible, "It is not a folder"),
      (["d", "--depth", "0"], .usage, "1 or more"), (["d", "--depth", "-1"], .usage, "1 or more"),
      (["d", "--depth", "x"], .usage, "1 or more"), ([], .usage, "location"), ([""], .usage, "empty"),
      (["d", "e"], .usage, "e"), (["mtp:"], .notReady, "Plug it in"), (["mtp:/a/../b"], .usage, ".."),
    ]
  )
  func badInput(_ arguments: [String], _ status: CommandStatus, _ word: String) async throws {
    try world.write("d/a")
    #expect(await Program.run(["tree"] + arguments, world.context()) == status)
    #expect(world.errors.text.contains(word), "\(world.errors.text)")
    #expect(world.output.text.isEmpty)
  }
}
