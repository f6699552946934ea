import Foundation
import Storage
import Testing

@testable import FileSyncCommands

/// Devices that lie, and links that somebody plants at the destination: nothing is written outside it.
@Suite(.fewAtOnce) struct HostileDeviceTests {
  private let world: World

  init() throws { world = try World() }

  /// All that is in a folder: kinds, contents, dates, and where links lead.
  private func snapshot(_ folder: String) throws -> [String: String] {
    let whole = "\(world.folder)/\(folder)"
    var found: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: whole) {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(whole)/\(path)")
      switch attributes[.type] as? FileAttributeType {
      case .typeSymbolicLink?:
        found[path] = "to " + (try FileManager.default.destinationOfSymbolicLink(atPath: "\(whole)/\(path)"))
      case .typeRegular?:
        found[path] =
          "\(attributes[.modificationDate] ?? "") \(try Data(contentsOf: URL(filePath: "\(whole)/\(path)")))"
          + (world.read("\(folder)/\(path)") ?? "")
      default: found[path] = "folder"
      }
    }
    return found
  }

  private func swap(_ path: String, forLinkTo target: String) throws {
    let whole = "\(world.folder)/\(path)"
    if FileManager.default.fileExists(atPath: whole) {
      try FileManager.default.moveItem(atPath: whole, toPath: "\(world.folder)/aside-\(UUID().uuidString)")
    }
    try FileManager.default.createSymbolicLink(atPath: whole, withDestinationPath: target)
  }

  /// What a run finds in the place of its folders and files, when it has asked and is told to begin.
  private static let plants = [
    ["to/DCIM": "../outside"], ["to/new.txt": "../outside/victim.txt"], ["to/sub": "../outside"], ["to/sub": "nowhere"],
    ["to/.filesync-vault": "../outside"], ["to/DCIM/old.txt": "../../outside/victim.txt"], ["to": "outside"],
    [
      "to/DCIM": "../outside", "to/sub": "../outside", "to/.filesync-vault": "../outside",
      "to/new.txt": "../outside/new.txt",
    ],
  ]

  @Test(arguments: plants.map { ($0, ["sync"]) } + [(plants[plants.count - 1], ["copy", "--overwrite"])])
  func linksPlantedBeforeItBegins(plants: [String: String], command: [String]) async throws {
    let date = Date(timeIntervalSince1970: 1_400_000_000)
    for (path, text) in ["new.txt": "new", "DCIM/a.txt": "a", "DCIM/old.txt": "new version", "sub/deep/b.txt": "b"] {
      try world.write("phone/\(path)", text)
    }
    try world.write("to/DCIM/old.txt", "old", modified: date)
    try world.write("outside/victim.txt", "victim", modified: date)
    try world.write("outside/deep/b.txt", "victim", modified: date)
    try world.write("outside/old.txt", "old", modified: date)
    let outside = try snapshot("outside")
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone")
    if command[0] == "sync" {
      // So that there is a record of the old version, and it is replaced by the new one.
      try world.write("phone/DCIM/old.txt", "old", modified: date)
      _ = await world.run("sync", "mtp:/DCIM", "to/DCIM", "--yes")
      try world.write("phone/DCIM/old.txt", "new version")
    }
    let sources = command[0] == "sync" ? ["mtp:/"] : ["mtp:/DCIM", "mtp:/new.txt", "mtp:/sub"]
    var context = world.context(answers: ["y"])
    let planted = Collected()
    context.readLine = { [self] in
      for (path, target) in plants.sorted(by: { $0.key > $1.key }) {
        do { try swap(path, forLinkTo: target) } catch { planted.append("\(error)") }
      }
      planted.append("planted")
      return "y"
    }
    _ = await Program.run(command + sources + ["to"], context)
    #expect(planted.text == "planted", "\(world.errors.text)")
    #expect(try snapshot("outside") == outside)
    // And again, with the links there from the beginning.
    _ = await Program.run(command + sources + ["to", "--yes"], world.context())
    if plants["to"] == nil {
      #expect(try snapshot("outside") == outside)
      // What no link is in the way of has arrived.
      if plants["to/new.txt"] == nil { #expect(world.read("to/new.txt") == "new") }
      if plants["to/sub"] == nil { #expect(world.read("to/sub/deep/b.txt") == "b") }
      if plants["to/DCIM"] == nil { #expect(world.read("to/DCIM/a.txt") == "a") }
    }
    #expect(world.names("").allSatisfy { ["phone", "to", "outside", "home"].contains($0) || $0.hasPrefix("aside-") })
  }

  /// No sum of them traps, nothing is allocated for them, and nothing but what is there is written.
  @Test(arguments: [UInt64.max, 1 << 63])
  func sizesThatCannotBe(size: UInt64) async throws {
    for name in ["a", "b", "c/d"] { try world.write("phone/\(name)") }
    try world.makeFolder("to")
    try world.write("from/a")
    try world.write("from/b", "longer")
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone")
    world.bus.size(size)
    let outside = try snapshot("phone")
    for command in [
      ["ls", "-lR", "mtp:"], ["sync", "mtp:", "to"], ["sync", "mtp:", "to", "--dry-run", "--verbose"],
      ["sync", "mtp:", "to", "--checksum"], ["copy", "mtp:/a", "mtp:/b", "to"], ["mv", "mtp:/a", "mtp:/b", "to"],
      ["dates", "mtp:", "from"], ["dates", "from", "mtp:"], ["copy", "--overwrite", "from/a", "mtp:"],
      ["sync", "from", "mtp:"],
    ] {
      let tail = command[0] == "ls" || command.contains("--dry-run") ? [] : ["--yes"]
      _ = await Program.run(command + tail, world.context())
      _ = await Program.run(command + tail + ["--json"], world.context())
    }
    #expect(try snapshot("to").values.allSatisfy { $0 == "folder" })
    // Sent anew, and nothing of it replaced by something else.
    #expect(try snapshot("phone").filter { outside[$0.key] != nil } == outside)
  }

  /// What a walk would not end in is entered once, and named.
  @Test func foldersWithinOneAnother() async throws {
    try world.write("phone/a/b/c/file")
    world.bus.plug(.fake())
    world.bus.fill(from: world.folder + "/phone")
    world.bus.loop()
    #expect(await world.run("ls", "-R", "mtp:") == .someFailed)
    #expect(world.errors.text == "Not listed: a/b (nested too deep, or within itself)\n")
    #expect(await world.run("tree", "mtp:") == .someFailed)
    let end = "    └── b/  (not listed whole)\n2 folders, 0 files, 0 bytes; not all could be listed\n"
    #expect(world.output.text.hasSuffix(end))
    #expect(await world.run("rm", "-r", "--yes", "mtp:/a") == .notPossible)
    #expect(world.errors.text.contains("mtp:/a/b: Its folders are nested too deep, or within one another"))
    #expect(world.read("phone/a/b/c/file") != nil)
  }
}
