import FileSync
import Foundation
import Subprocess
import SystemPackage
import Testing

/// `import FileSync`, as other programs use it: the program of the tutorial, whose files are the listings, and the beginning of
/// the documentation.
@Suite(.fewAtOnce) struct LibraryTests {
  private static let root = URL(filePath: #filePath).appending(path: "../../..").standardized
  private static let catalogue = root.appending(path: "Sources/Library/FileSync.docc")

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.catalogue.appending(path: path), encoding: .utf8)
  }

  @Test func theProgramOfTheTutorialBacksPhotosUp() async throws {
    let world = try DeviceWorld()
    for (number, name) in ["one.jpg", "two.jpg", "film.mp4", ".thumbnails/t.jpg"].enumerated() {
      let date = Date(timeIntervalSince1970: 1_500_000_000 + Double(number) * 86_400)
      try world.world.write("phone/DCIM/Camera/\(name)", name, modified: date)
    }
    let program = ["\(builtProducts)/photo-backup", "album", "\(world.world.folder)/own/journal.sqlite"]
    let phone = DeviceWorld.Device(profile: "android")

    let first = try await world.plugged([phone], program)
    #expect(first.status == .exited(0), "\(first.output) \(first.errors)")
    #expect(first.output.contains("copy one.jpg: new\n") && first.output.contains("done: 2 copied, 2 dates verified\n"))
    let album = try world.files("album")
    #expect(album.keys.sorted() == ["one.jpg", "two.jpg"])
    let camera = try world.files("phone/DCIM/Camera")
    #expect(album == camera.filter { album.keys.contains($0.key) })

    let second = try await world.plugged([phone], program)
    #expect(second.status == .exited(0) && second.output.contains("done: 0 copied"), "\(second.output)")

    let alone = try await world.plugged([], ["/usr/bin/env", "FILESYNC_USB_ROOT=/nowhere"] + program)
    #expect(alone.status == .exited(2) && alone.output.contains("shows no USB"), "\(alone.errors)")
    #expect(try await world.plugged([], Array(program.prefix(1))).status == .exited(64))
  }

  @Test func theTutorialShowsEveryFileOfItsProgram() async throws {
    let tutorial = try text("BackUpPhotos.tutorial")
    let shown = tutorial.matches(of: /@Code\(name: "(.*)", file: "(.*)"\)/).map { (String($0.1), String($0.2)) }
    #expect(shown.allSatisfy { $0.0 == $0.1 }, "the reader's file is called as ours")
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.catalogue.appending(path: "PhotoBackup").path)
    #expect(Set(shown.map(\.0)) == Set(files + ["Package.swift"]))

    let world = try DeviceWorld()
    let manifest = Self.catalogue.appending(path: "Manifest").path
    let dump = ["/usr/bin/env", "swift", "package", "--package-path", "manifest", "dump-package"]
    try FileManager.default.copyItem(atPath: manifest, toPath: "\(world.world.folder)/manifest")
    let read = try await world.plugged([], dump)
    #expect(read.status == .exited(0), "\(read.errors)")
    let ours = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
    #expect(read.output.contains(#""FileSync""#) && ours.contains(#".library(name: "FileSync""#))
  }

  /// The listing that the documentation begins with, run.
  @Test func theOverviewDoesWhatItSays() async throws {
    let world = try World()
    for name in ["a.jpg", "sub/b.jpg"] { try world.write("Pictures/\(name)") }
    let (pictures, backup, journalFile) = (
      "\(world.folder)/Pictures", "\(world.folder)/Backup/Pictures", "\(world.folder)/journal.sqlite"
    )
    func print(_ word: String, _ copied: Int) { #expect(word == "done" && copied == 2) }

    // As in FileSync.md:
    let journal = try Journal.open(at: journalFile)
    let run = SyncRun(
      from: try LocalStorage.open(pictures),
      to: try LocalStorage.open(backup, creating: true),
      journal: journal,
      policy: SyncPolicy()
    )
    let plan = try await run.plan(control: TransferControl()) { _ in }
    for await event in run.events(of: plan) {
      if case .finished(let ending, let counts) = event { print(ending.word, counts.filesCopied) }
    }

    #expect(world.names("Backup/Pictures") == ["a.jpg", "sub"])
    let listing = try #require(try text("FileSync.md").firstMatch(of: /```swift\n([\s\S]*?)```/)?.1)
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let indented = listing.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    #expect(source.contains("// As in FileSync.md:\n\(indented)\n"))
  }

  @Test func whoLeavesTheEventsStopsTheRun() async throws {
    let world = try World()
    try world.write("from/a.jpg")
    let run = SyncRun(
      from: try LocalStorage.open("\(world.folder)/from"),
      to: try LocalStorage.open("\(world.folder)/to", creating: true),
      journal: try Journal.open(at: "\(world.folder)/journal.sqlite"),
      policy: SyncPolicy()
    )
    let plan = try await run.plan(control: TransferControl()) { _ in }
    let (whole, left) = (TransferControl(), TransferControl())
    for await event in run.events(of: plan, control: left) {
      guard case .started = event else { continue }
      break
    }
    #expect(left.isCancelled)
    var last: Event?
    for await event in run.events(of: plan, control: whole) { last = event }
    guard case .finished = last else { return #expect(Bool(false), "\(String(describing: last))") }
    #expect(!whole.isCancelled)
  }

  /// Every link of it leads somewhere: any warning is an error.
  @Test func theDocumentationIsWhole() async throws {
    let world = try DeviceWorld()
    let script = Self.root.appending(path: "scripts/docs").path
    let made = try await world.plugged(
      [],
      ["/usr/bin/env", "BIN=\(builtProducts)", script, "\(world.world.folder)/docs"]
    )
    #expect(made.status == .exited(0), "\(made.output) \(made.errors)")
    let pages = "\(world.world.folder)/docs/data"
    for page in ["documentation/filesync", "documentation/filesync/syncrun", "tutorials/filesync/backupphotos"] {
      #expect(FileManager.default.fileExists(atPath: "\(pages)/\(page).json"), "\(page)")
    }
  }
}
