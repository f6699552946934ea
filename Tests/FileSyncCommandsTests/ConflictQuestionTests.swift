import Foundation
import Testing

@testable import FileSyncCommands

/// `sync --conflict ask`.
@Suite(.fewAtOnce) struct ConflictQuestionTests {
  private let world: World
  private let date = Date(timeIntervalSince1970: 1_500_000_000)

  /// Conflicts at a, b and c, of which b's source is the newer; d is equal but for its date, and e large and equal at its ends.
  init() throws {
    world = try World()
    try world.write("from/a", "source's", modified: date)
    try world.write("to/a", "destination's", modified: date + 60)
    try world.write("from/b", "the same size", modified: date + 60)
    try world.write("to/b", "but something", modified: date)
    try world.write("from/c", "longer than that", modified: date)
    try world.write("to/c", "short", modified: date)
    try world.write("from/d", "equal", modified: date)
    try world.write("to/d", "equal", modified: date + 60)
    let ends = String(repeating: "x", count: 70_000)
    try world.write("from/e", ends + "1" + ends, modified: date)
    try world.write("to/e", ends + "2" + ends, modified: date + 60)
  }

  private func sync(_ answers: String..., more: [String] = []) async -> CommandStatus {
    await Program.run(["sync", "from", "to", "--conflict", "ask"] + more, world.context(answers: answers))
  }

  @Test func eachIsAskedAboutOnce() async throws {
    #expect(await sync("d", "SOURCE", "nonsense", "n", "s", "c") == .done, "\(world.errors.text)")
    #expect(world.read("to/a") == "destination's" && world.read("to/b") == "the same size")
    // The newer one was not offered.
    #expect(world.read("to/c") == "longer than that" && !world.names("to").contains { $0.hasPrefix("c (") })
    #expect(world.read("to/d") == "equal")
    let told = world.output.text
    #expect(
      told.contains(
        """
        Conflict 1 of 3: a (different, and no record of which is newer)
          source       a  8 bytes   2017-07-14 03:40:00
          destination  a  13 bytes  2017-07-14 03:41:00  newer

        """.dropLast()
      ),
      "\(told)"
    )
    #expect(told.contains("source       b  13 bytes  2017-07-14 03:41:00  newer\n"))
    // Of c nobody knows which is newer, and nothing is asked about what is equal.
    #expect(world.errors.text.contains("[d]estination, [n]ewer?") && world.errors.text.contains("[d]estination? With"))
    #expect(!told.contains(": d (") && !told.contains("Conflict 4"))
    // Only the run has seen that e differs, and kept both.
    #expect(world.names("to").filter { $0.hasPrefix("e (") }.count == 1)
    #expect(told.contains("Left out: 1 (the destination's version stays, as you chose): a\n"))
    // What the destination has kept is asked about again.
    try world.write("from/a", "source's new", modified: date + 100)
    #expect(await sync("s all", "y") == .done)
    #expect(world.read("to/a") == "source's new" && world.output.text.contains("Conflict 1 of 1: a ("))
  }

  @Test func allTheRestIsDecidedAtOnce() async throws {
    #expect(await sync("b", "n all", "y") == .done, "\(world.errors.text)")
    #expect(world.names("to").filter { $0.hasPrefix("a (") }.count == 1)
    #expect(world.read("to/b") == "the same size" && !world.output.text.contains("Conflict 3 of 3"))
    // No date tells which c is newer.
    #expect(world.read("to/c") == "short" && world.names("to").filter { $0.hasPrefix("c (") }.count == 1)
    #expect(world.read("to/e") != world.read("from/e") && !world.names("to").contains { $0.hasPrefix("e (") })
  }

  @Test func aTwoWayRunAsksOnceForBothSides() async throws {
    #expect(await sync("d", "s", "b", "b", "c", more: ["--two-way"]) == .done, "\(world.errors.text)")
    #expect(world.read("from/a") == "destination's" && world.read("to/a") == "destination's")
    #expect(world.read("to/b") == "the same size" && world.read("from/b") == "the same size")
    #expect(world.names("to") == world.names("from"))
    #expect(world.names("to").filter { $0.hasPrefix("c (") }.count == 1)
    // Its plan compares all contents, so that e is a conflict it knows of.
    #expect(world.output.text.contains("Conflict 4 of 4: e ("))
    #expect(await sync(more: ["--two-way"]) == .done, "nothing to ask any more")
  }

  @Test func aDryRunAsksToo() async throws {
    #expect(await sync("s", "d", "s", more: ["-n"]) == .done)
    #expect(world.output.text.contains("replace  a  8 bytes") && world.output.text.contains("replace  c  16 bytes"))
    #expect(world.read("to/a") == "destination's" && !world.output.text.contains("replace  b"))
  }

  @Test(arguments: [[], ["d"], ["d", "d"], ["d", "d", "d", "n"]])
  func leavingChangesNothing(answers: [String]) async {
    let before = world.names("to")
    let context = world.context(answers: answers)
    #expect(await Program.run(["sync", "from", "to", "--conflict", "ask"], context) == .declined)
    #expect(world.names("to") == before && world.read("to/b") == "but something")
  }

  @Test(arguments: [["--yes"], ["--json", "-n"], ["--mirror"], ["--update"], ["-n"], []])
  func whereNobodyAnswersItIsRefused(options: [String]) async {
    world.bus.plug(.fake())
    let command = ["sync", "from", "mtp:/to", "--conflict", "ask"] + options
    let status = await Program.run(
      command,
      world.context(answers: ["-n", ""].contains(options.joined()) ? nil : ["s"])
    )
    #expect(status == .usage && world.bus.opened == 0)
    #expect(world.errors.text.contains("--conflict"), "\(world.errors.text)")
  }

  @Test func anInterruptionIsOne() async throws {
    var context = world.context(answers: [])
    context.readLine = { [interrupt = world.interrupt] in
      interrupt.raise(.interrupt)
      return nil
    }
    #expect(await Program.run(["sync", "from", "to", "--conflict", "ask"], context) == .interrupted)
  }
}
