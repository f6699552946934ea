import Foundation
import Testing

@testable import FileSyncCommands

/// Vaults that runs of several journals have filled, and where they are restored to.
@Suite(.fewAtOnce) struct VaultTests {
  private let world: World

  init() throws { world = try World() }

  /// Runs with a journal of that name.
  private func run(_ journal: String, _ arguments: String...) async -> CommandStatus {
    let environment = ["XDG_DATA_HOME": "\(world.folder)/\(journal)"]
    return await Program.run(arguments, world.context(environment: environment))
  }

  /// Has a mirror delete a file with this text.
  private func delete(_ text: String, at folder: String, _ journal: String) async throws {
    try world.write("from/stays")
    try world.write("\(folder)/gone", text)
    #expect(await run(journal, "sync", "from", folder, "--mirror", "--yes") == .done, "\(world.errors.text)")
  }

  /// Each computer counts its own runs.
  @Test func numbersOfAnotherJournalAreNotTakenForOnesOwn() async throws {
    try await delete("mine", at: "to", "mine")
    try await delete("theirs", at: "shared", "theirs")
    #expect(await run("mine", "vault", "list", "to", "shared") == .usage)
    #expect(await run("mine", "vault", "list", "to", "--json") == .done)
    #expect(world.lines.last?["isOwn"] as? Bool == true && world.lines.last?["number"] as? Int == 1)
    #expect(await run("mine", "vault", "list", "shared", "--json") == .done)
    let name = try #require(world.lines.last?["name"] as? String)
    #expect(world.lines.last?["isOwn"] as? Bool == false && name.hasSuffix("-1"))
    #expect(await run("mine", "vault", "list", "shared") == .done)
    #expect(world.output.text.contains("\n\(name)  "), "\(world.output.text)")

    // The number alone is this journal's.
    #expect(await run("mine", "vault", "restore", "1", "--yes") == .done)
    #expect(world.read("to/gone") == "mine" && world.read("shared/gone") == nil)
    // In a folder that is named, it can mean but one.
    #expect(await run("mine", "vault", "restore", "1", "--from", "shared", "--yes") == .done)
    #expect(world.read("shared/gone") == "theirs")
    try FileManager.default.removeItem(atPath: world.folder + "/shared/gone")
    #expect(await run("mine", "vault", "restore", name, "--from", "shared", "--yes") == .done)
    #expect(world.read("shared/gone") == "theirs")
  }

  @Test func aNumberThatOnlyAnotherJournalHasIsRefusedWithTheName() async throws {
    // Its third run is the one with something in the vault.
    for _ in 1...2 {
      try world.write("from/stays")
      #expect(await run("theirs", "sync", "from", "shared", "--yes") == .done)
    }
    try await delete("theirs", at: "shared", "theirs")
    try await delete("mine", at: "shared", "mine")
    #expect(await run("mine", "vault", "restore", "3", "--yes") == .notPossible)
    let told = world.errors.text
    #expect(told.contains("is no run of this journal") && told.contains("-3 --from \(world.folder)/shared"), "\(told)")
    #expect(world.read("shared/gone") == nil)
    #expect(await run("mine", "vault", "restore", "1", "--yes") == .done)
    #expect(world.read("shared/gone") == "mine")
  }

  @Test func aNewFolderIsMade() async throws {
    try await delete("mine", at: "to", "mine")
    #expect(await run("mine", "vault", "restore", "1", "--to", "new", "--dry-run") == .done)
    #expect(world.output.text.contains("Folders to make: 1") && !world.names("").contains("new"))
    #expect(await run("mine", "vault", "restore", "1", "--to", "new", "--yes") == .done, "\(world.errors.text)")
    #expect(world.read("new/gone") == "mine")
    #expect(await run("mine", "vault", "restore", "1", "--to", "none/new", "--yes") == .notPossible)
    #expect(world.errors.text.contains("The folder above none/new does not exist"))
    // Only one that was named for it: that the folder is gone where it came from may be a disk that is not there.
    try FileManager.default.moveItem(atPath: world.folder + "/to", toPath: world.folder + "/moved")
    #expect(await run("mine", "vault", "restore", "1", "--from", "gone", "--yes") == .notPossible)
  }
}
