import Foundation
import Storage
import Testing

@testable import FileSyncCommands

/// Patterns on a device, where no shell puts names in their place.
@Suite(.fewAtOnce) struct PatternPlaceTests {
  private let world: World

  init() throws {
    world = try World()
    for path in ["Camera/a1.jpg", "Camera/a2.jpg", "Camera/b.txt", "Camera/.hidden.jpg", "Other/a3.jpg", "Other/é.jpg"]
    {
      try world.write("phone/DCIM/\(path)", path)
    }
    try world.write("phone/DCIM/Camera/sub/a4.jpg", "four")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
  }

  private func text(_ arguments: String..., status: CommandStatus = .done) async -> String {
    let before = world.output.text.count
    #expect(await Program.run(arguments, world.context()) == status, "\(world.errors.text)")
    return String(world.output.text.dropFirst(before))
  }

  @Test func whatFitsIsListedAndRead() async {
    #expect(await text("ls", "mtp:/DCIM/Camera/*.jpg") == "a1.jpg\na2.jpg\n")
    #expect(await text("ls", "mtp:/DCIM/Camera/.*") == ".hidden.jpg\n")
    #expect(await text("ls", "mtp:/DCIM/*/a[13].jpg") == "Camera/a1.jpg\nOther/a3.jpg\n")
    #expect(await text("ls", "mtp:/D*/Camera/*/") == "sub/\n")
    #expect(await text("ls", "mtp:/DCIM/*/sub/?4.jpg") == "a4.jpg\n")
    // However it is composed.
    #expect(await text("ls", "mtp:/DCIM/*/e\u{301}*") == "é.jpg\n")
    #expect(await text("cat", "mtp:/DCIM/*/a?.jpg") == "Camera/a1.jpgCamera/a2.jpgOther/a3.jpg")
    #expect(await text("ls", "mtp:2B1111//DCIM/Camera/a*", "--json").split(separator: "\n").count == 2)
    #expect(world.lines.last?["path"] as? String == "a2.jpg")
    #expect(await text("ls", "mtp:[m-q]ix*/internal/DCIM/*/a3.jpg") == "a3.jpg\n")
    #expect(await text("ls", "mtp:*7//DCIM/Camera/sub") == "a4.jpg\n")
    #expect(world.bus.opened == world.bus.closed)
  }

  @Test(arguments: [
    ("mtp:/DCIM/Camera/*.png", CommandStatus.notPossible, "nothing fits it"),
    ("mtp:/DCIM/[", .notPossible, "nothing fits it"), ("mtp:/none/*", .notPossible, "none"),
    ("mtp:/DCIM/Camera/a1.jpg/*", .notPossible, "a1.jpg"),
    ("mtp:/DCIM/Camera/a1.jpg*/", .notPossible, "nothing fits it"),
  ])
  func whatFitsNothingIsSaid(_ location: String, _ status: CommandStatus, _ words: String) async {
    for command in [
      ["ls", location], ["cat", location], ["rm", "--yes", location], ["copy", "--yes", location, "to"],
    ] {
      let before = world.errors.text.count
      #expect(await Program.run(command, world.context()) == status, "\(command)")
      #expect(world.errors.text.dropFirst(before).contains(words), "\(world.errors.text)")
    }
    #expect(await world.run("ls", "-R", "mtp:/DCIM/C*") == .usage)
  }

  @Test func whatFitsIsCopiedAndMoved() async throws {
    try world.makeFolder("to")
    #expect(await world.run("copy", "mtp:/DCIM/*/a*.jpg", "to", "--yes") == .done)
    #expect(world.names("to") == ["a1.jpg", "a2.jpg", "a3.jpg"] && world.read("to/a3.jpg") == "Other/a3.jpg")
    // Two of one name have no place in one folder.
    try world.write("phone/DCIM/Other/a1.jpg", "another")
    #expect(await world.run("copy", "mtp:/DCIM/*/a1.jpg", "to", "--yes") == .usage)
    #expect(world.errors.text.contains("would both become"))
    #expect(await world.run("mv", "mtp:/DCIM/Camera/a?.jpg", "mtp:/DCIM/Other/none", "--yes") == .notPossible)
    #expect(await world.run("mv", "mtp:/DCIM/Camera/*", "to", "--yes") == .done)
    #expect(world.names("to") == ["a1.jpg", "a2.jpg", "a3.jpg", "b.txt", "sub"])
    #expect(world.names("phone/DCIM/Camera") == [".hidden.jpg"])
  }

  /// What a pattern found is shown, and asked about, also without -r.
  @Test func nothingIsRemovedThatWasNotShown() async throws {
    let all = world.names("phone/DCIM/Camera")
    #expect(await world.run("rm", "mtp:/DCIM/Camera/*.jpg") == .usage)
    #expect(world.errors.text.contains("Nobody is there to confirm"))
    #expect(await world.run("rm", "mtp:/DCIM/Camera/*.jpg", answers: ["n"]) == .declined)
    #expect(world.errors.text.contains("mtp:/DCIM/Camera/a1.jpg, mtp:/DCIM/Camera/a2.jpg: 2 files, "))
    // A folder among it needs -r, as anywhere; then nothing of it goes.
    #expect(await world.run("rm", "mtp:/DCIM/Camera/*", "--yes") == .notPossible)
    #expect(world.names("phone/DCIM/Camera") == all)
    #expect(await world.run("rm", "mtp:/DCIM/Camera/*.jpg", "mtp:/DCIM/Camera/a*", answers: ["y"]) == .done)
    #expect(world.errors.text.contains("a2.jpg: 2 files, "))
    #expect(world.names("phone/DCIM/Camera") == [".hidden.jpg", "b.txt", "sub"])
    #expect(await text("rm", "-r", "mtp:/DCIM/*/s*", "--yes", "--json").contains(#""location":"mtp:/DCIM/Camera/sub""#))
    #expect(world.names("phone/DCIM/Camera") == [".hidden.jpg", "b.txt"])
  }

  /// A name is first what it is.
  @Test func whatIsCalledSoIsMeant() async throws {
    for name in ["a*.jpg", "[b].txt"] { try world.write("phone/DCIM/Camera/\(name)", "itself") }
    #expect(await text("ls", "mtp:/DCIM/Camera/a*.jpg") == "a*.jpg\n")
    #expect(await text("cat", "mtp:/DCIM/Camera/[b].txt") == "itself")
    #expect(await world.run("rm", "mtp:/DCIM/Camera/a*.jpg") == .done)
    #expect(world.names("phone/DCIM/Camera").contains("a1.jpg") && !world.names("phone/DCIM/Camera").contains("a*.jpg"))
  }

  @Test func whatMayFitAndCannotBeListedStopsAll() async throws {
    world.bus.fill(from: world.folder + "/phone", unlisted: "a9.jpg")
    #expect(await world.run("rm", "mtp:/DCIM/Camera/a*", "--yes") == .refused)
    #expect(world.errors.text.contains("could not be listed whole"))
    #expect(world.names("phone/DCIM/Camera").contains("a1.jpg"))
    #expect(await text("ls", "mtp:/DCIM/Camera/b*") == "b.txt\n")
    world.bus.fill(from: world.folder + "/phone", doubled: "a1.jpg")
    #expect(await world.run("rm", "mtp:/DCIM/Camera/a*", "--yes") == .notPossible)
    #expect(world.names("phone/DCIM/Camera").contains("a2.jpg"))
  }

  /// On this computer the shell does it, and what it leaves is a name.
  @Test func localNamesAreNoPatterns() async throws {
    try world.write("d/a")
    #expect(await world.run("rm", "d/*", "--yes") == .notPossible)
    #expect(await world.run("ls", "d/*") == .notPossible)
    #expect(world.names("d") == ["a"])
  }
}
