import Foundation
import MTPStorage
import Storage
import Synchronization
import Testing

@testable import FileSyncCommands

/// `filesync` alone, and `sync` with folders to choose, answered line by line.
@Suite(.fewAtOnce) struct PickedSyncTests {
  private let world: World

  init() throws {
    world = try World()
    try world.write("from/sub/a.txt", "first")
    try world.write("from/b.txt", "second")
    try world.makeFolder("home")
    try world.write("phone/DCIM/Camera/1.jpg", "a picture")
    try world.write("phone/Music/song.mp3", "la")
    world.bus.fill(from: world.folder + "/phone")
  }

  /// Runs with what a pipe holds.
  private func piped(_ arguments: String..., input: [String]) async -> CommandStatus {
    var context = world.context(answers: input)
    context.canAsk = false
    context.hasInput = true
    return await Program.run(arguments, context)
  }

  /// Runs with what somebody types in a terminal that takes no pictures.
  private func typed(_ arguments: String..., input: [String]) async -> CommandStatus {
    await Program.run(arguments, world.context(answers: input))
  }

  /// What follows was meant for another place, and could choose anything.
  @Test(arguments: [
    ["This folder", "nothing", ".", "home", "c"], ["."], ["This folder", "from", ".", "This folder", "from", ".", "c"],
    ["This folder", "from", ".", "This folder", "+a/b", ".", "c"], ["9"],
  ])
  func aLineOfAPipeThatFitsNothingEndsIt(_ input: [String]) async {
    #expect(await piped(input: input) == .usage, "\(world.errors.text)")
    #expect(!world.errors.text.contains("Files to copy") && world.names("from") == ["b.txt", "sub"])
  }

  @Test func foldersAreChosenByNumberAndName() async {
    let status = await piped(input: ["2", "from", "sub", ".", "This folder", "+to", "c", ""])
    #expect(status == .done, "\(world.errors.text)")
    #expect(world.read("to/a.txt") == "first" && world.names("to") == ["a.txt"])
    let told = world.errors.text
    #expect(told.contains("Copy from: \n  1  Home  \(world.folder)/home\n  2  This folder  \(world.folder)\n"))
    #expect(told.contains("Copy from: \(world.folder)\n  1  from/\n  2  home/\n  3  phone/\n"))
    #expect(told.contains("1 file here, too.") && told.contains("Begin? (y, Confirm or c; n leaves it): "))
    // The pipe is at its end.
    #expect(!told.contains("Start again?"), "\(told.suffix(300))")
    #expect(world.output.text.contains("1 file copied (5 bytes)."))
  }

  @Test func aPhoneIsChosen() async {
    world.bus.plug(.fake(), .fake("Old", serial: "0LD", address: 6, state: .chargingOnly))
    let status = await typed(
      input: ["Google Old", "Google Pixel 7", "DCIM", "..", "dcim", ".", "2", "+copy", "Confirm", "", "n"]
    )
    #expect(status == .done, "\(world.errors.text)")
    #expect(world.read("copy/Camera/1.jpg") == "a picture")
    let told = world.errors.text
    #expect(told.contains("serial 0LD. It only charges. Unlock it"))
    #expect(told.contains("Google Old offers no files.\nIt only charges."), "it says what to do, and goes on")
    #expect(told.contains("Copy from: mtp:2B1111/internal/DCIM\n  1  Camera/\n"))
    #expect(world.bus.opened == world.bus.closed && world.bus.opened == 2, "once to choose, and once to copy")
  }

  @Test func mtpAloneIsTheOnlyDevice() async {
    world.bus.plug(.fake())
    #expect(await piped("mtp:", input: ["DCIM", ".", "2", "+copy", "c"]) == .done, "\(world.errors.text)")
    #expect(world.read("copy/Camera/1.jpg") == "a picture")
    #expect(await world.run("sync", "from", "mtp:", answers: ["Music", ".", "c"]) == .done, "\(world.errors.text)")
    #expect(world.read("phone/Music/sub/a.txt") == "first" && world.read("phone/sub/a.txt") == nil)
    // Where nothing is asked, it is the device as a whole.
    #expect(await world.run("sync", "mtp:", "whole", "--yes") == .done)
    #expect(world.read("whole/DCIM/Camera/1.jpg") == "a picture")
  }

  @Test func whatIsMissingIsAskedFor() async {
    let answers = ["2", "from", ".", "2", "+to", "c", "both", "y", "q"]
    #expect(await world.run("sync", "--mirror", "--exclude", "sub", answers: answers) == .done, "\(world.errors.text)")
    #expect(world.names("to") == ["b.txt"])
    let kept = world.read("home/.config/filesync/profiles/both") ?? ""
    #expect(kept.hasSuffix("\n\(world.folder)/from\n\(world.folder)/to\n--mirror\n--exclude\nsub\n"), "\(kept)")
    #expect(await world.run("run", "both", "--yes") == .done)
    #expect(await world.run("sync", "from", answers: ["2", "+one", "n", "n"]) == .declined)
    #expect(!world.names("").contains("one"), "nothing is made before it is confirmed")
    #expect(await world.run("sync", "nowhere", answers: ["2"]) == .notPossible)
    // Options that leave nobody to ask, and words that are wrong anyway.
    for words in [["--yes"], ["--dry-run"], ["--json"], ["from", "--exclude"], ["--frob"], ["from", "to", "more"]] {
      #expect(await Program.run(["sync"] + words, world.context(answers: ["2", "."])) == .usage, "\(words)")
    }
    #expect(await world.run("sync") == .usage && world.errors.text.contains("Missing expected argument '<source>'"))
  }

  @Test func aChoiceThatCannotBeIsTold() async {
    let answers = ["2", "from", ".", "2", "from", ".", "sub", ".", "+there", "..", "..", "q"]
    #expect(await typed(input: answers) == .declined)
    let told = world.errors.text
    #expect(told.contains("Source and destination are the same folder"))
    #expect(told.components(separatedBy: "The destination lies in the source").count == 3, "\(told)")
    #expect(told.hasSuffix("filesync: Nothing was chosen, and nothing was done.\n"))
    #expect(world.names("") == ["from", "home", "phone"])
  }

  @Test func backFromTheDestinationIsTheSource() async {
    #expect(await piped(input: ["2", "from", ".", "..", "sub", ".", "2", "+to", "c"]) == .done, "\(world.errors.text)")
    #expect(world.names("to") == ["a.txt"])
  }

  @Test(arguments: [["q"], ["1", "q"], ["nonsense"], ["2", "from", "."], ["2", "from", ".", "2", "+to"]])
  func leavingChangesNothing(answers: [String]) async {
    #expect(await typed(input: answers) == .declined)
    #expect(world.names("") == ["from", "home", "phone"])
  }

  /// There is no command yet that could be run again.
  @Test func anInterruptionWhileChoosingNamesWhatCanBeRun() async {
    var context = world.context()
    context.hasInput = true
    context.readLine = { [interrupt = world.interrupt] in
      interrupt.raise(.interrupt)
      return nil
    }
    #expect(await Program.run([], context) == .interrupted)
    let told = world.errors.text
    #expect(told.contains("filesync sync SOURCE DESTINATION") && !told.contains("the same command"), "\(told)")
  }

  @Test func anInterruptionOfTheRunNamesItsCommand() async {
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone") { [interrupt = world.interrupt] operation, _ in
      if operation == .write { interrupt.raise(.interrupt) }
      return nil
    }
    #expect(await world.run("sync", "from", "mtp:", answers: ["Music", ".", "y"]) == .interrupted)
    let told = world.errors.text
    #expect(told.contains("To go on: filesync sync from mtp:2B1111/internal/Music"), "\(told)")
  }

  @Test func withoutInputThereIsHelp() async {
    #expect(await piped(input: []) == .usage)
    #expect(world.errors.text.contains("USAGE: filesync") && world.output.text.isEmpty)
    #expect(await world.run("mtp:") == .usage && world.errors.text.contains("Nobody is there to choose"))
  }

  /// A question is written only for an answer that is there.
  @Test func aPipeGoesOnAsLongAsItHasLines() async {
    func lines(_ name: String) -> [String] { ["2", "from", "sub", ".", "This folder", "+\(name)", "c"] }
    #expect(await piped(input: lines("one")) == .done, "\(world.errors.text)")
    #expect(!world.errors.text.contains("or Enter for no: "), "\(world.errors.text.suffix(300))")
    #expect(await piped(input: lines("two") + ["", "y", "q"]) == .done, "\(world.errors.text.suffix(300))")
    #expect(world.errors.text.contains("Start again? (y or n): Copy from: "), "\(world.errors.text.suffix(300))")
  }

  @Test func aPhoneThatThePickerHoldsItselfIsNotInUse() async throws {
    let own = Holder(pid: getpid(), name: "filesync")
    world.bus.plug(.fake(state: .busy(holders: [own])), .fake("Old", serial: "0LD", state: .busy(holders: [])))
    #expect(await typed(input: ["q"]) == .declined)
    let told = world.errors.text
    #expect(told.contains("serial 2B1111\n") && told.contains("serial 0LD. Google Old is in use"), "\(told)")
  }

  /// A device that is unplugged while the user looks at it.
  @Test func aDeviceThatGoesAwayLeadsToTheBeginning() async {
    world.bus.plug(.fake())
    let lost = Flag()
    world.bus.fill(from: world.folder + "/phone") { [bus = world.bus] operation, path in
      guard path.text == "DCIM", !lost.isSet else { return nil }
      lost.set()
      bus.plug()
      return StorageError(.deviceLost, .waitForUser(.plugIn), cause: "The device was unplugged")
    }
    #expect(await typed("mtp:", input: ["DCIM", "q"]) == .declined)
    #expect(lost.isSet)
    let told = world.errors.text
    #expect(told.contains("The device was unplugged.\nPlug it in again"), "\(told)")
    #expect(told.contains("Copy from: \n  No MTP device is connected. Plug it in"), "\(told)")
  }

  @Test func aLockedPhoneSaysSo() async {
    world.bus.plug(.fake())
    world.bus.lock(true)
    #expect(await typed("mtp:", input: ["1", "q"]) == .declined)
    #expect(world.errors.text.contains("shows no storage.\nUnlock it, and tap Allow"))
    #expect(world.bus.opened == world.bus.closed)
  }

  @Test func aProfileHasAGoodNameOrNone() async throws {
    let choice = ["2", "from", ".", "2", "+to", "c"]
    #expect(await piped(input: choice + ["a b", "daily", "n"]) == .done)
    #expect(world.errors.text.contains("A profile's name is made of letters"))
    let file = "home/.config/filesync/profiles/daily"
    #expect(world.read(file)?.hasSuffix("\n\(world.folder)/from\n\(world.folder)/to\n") == true)
    try world.write(file, "old")
    try world.write("from/c.txt", "third")
    let again = ["2", "from", ".", "2", "to", ".", "c", "daily", "n", "daily", "y", "n"]
    #expect(await piped(input: again) == .done, "\(world.errors.text)")
    #expect(world.read(file)?.hasSuffix("/to\n") == true)
    // A run that was not begun is nothing to keep.
    try world.write("from/d.txt", "fourth")
    #expect(await piped(input: ["2", "from", ".", "2", "to", ".", "n", "y", "q"]) == .declined)
    #expect(world.read("to/c.txt") == "third" && world.read("to/d.txt") == nil)
  }

  /// Where nothing is left to copy nobody is asked whether to begin, and the line that was meant for that question comes to
  /// the next one.
  @Test func whatAnswersAQuestionIsNoNameOfAProfile() async {
    let (profiles, choice) = ("home/.config/filesync/profiles", ["2", "from", ".", "2", "+to", "c"])
    #expect(await piped(input: choice) == .done, "\(world.errors.text)")
    let again = ["2", "from", ".", "2", "to", ".", "c"]
    #expect(await piped(input: again) == .done && world.names(profiles).isEmpty)
    let told = world.errors.text
    #expect(told.hasSuffix("c answers a question, and is no name here.\n"), "\(told.suffix(300))")
    #expect(await piped(input: again + ["NO", "n"]) == .done && world.names(profiles).isEmpty)
    #expect(await typed(input: again + ["Yes", "confirm", "n", "n"]) == .done && world.names(profiles).isEmpty)
    #expect(await piped(input: again + ["daily", "n"]) == .done && world.names(profiles) == ["daily"])
  }

  @Test func namesReachNoTerminal() async throws {
    let name = "evil \u{1B}]0;own\u{7}\u{202E}"
    try world.makeFolder("from/\(name)")
    try world.makeFolder("phone/\(name)")
    world.bus.plug(.fake("Pixel \(name)", serial: "S\(name)"))
    world.bus.label("L\(name)")
    let answers = ["2", "from", "1", "..", "none \(name)", "..", "..", "4", name, ".", "2", "+\(name)", "n"]
    #expect(await typed(input: answers) == .declined)
    // But for the progress bar's own.
    let told = (world.errors.text + world.output.text).replacing("\r", with: "").replacing("\u{1B}[K", with: "")
    let isHarmless = told.unicodeScalars.allSatisfy { !isHazardous($0) || $0 == "\n" }
    #expect(isHarmless && told.contains(shown(name)), "\(shown(told))")
  }

  @Test func aNameThatIsNoTextCannotBeChosen() async throws {
    let path = (Array("\(world.folder)/from/".utf8) + [0xFF, 0x61, 0]).map(CChar.init(bitPattern:))
    try #require(unsafe mkdir(path, 0o700) == 0)
    #expect(await typed(input: ["2", "from", "\\xffa/", "q"]) == .declined)
    #expect(world.errors.text.contains("\\xffa/ has a name that is no text, and cannot be chosen here."))
  }
}

/// Set by what a test does in another thread.
private final class Flag: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock(\.self) }
  func set() { state.withLock { $0 = true } }
}
