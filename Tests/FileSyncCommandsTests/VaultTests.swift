import Foundation
import Subprocess
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

  @Test func aDryRunOfPruneRemovesNothing() async throws {
    try await delete("mine", at: "to", "mine")
    #expect(await run("mine", "vault", "prune", "--keep", "0", "--dry-run") == .done, "\(world.errors.text)")
    #expect(world.output.text.hasSuffix("\nWould be removed: 1 file, 4 bytes.\n"), "\(world.output.text)")
    #expect(await run("mine", "vault", "prune", "--keep", "0", "-n", "--json") == .done)
    #expect(world.lines.map { $0["type"] as? String } == ["vaultRun"])
    #expect(await run("mine", "vault", "restore", "1", "--yes") == .done && world.read("to/gone") == "mine")
  }

  @Test(arguments: ["-1", "all"]) func pruneSaysHowManyRunsCanBeKept(keep: String) async {
    #expect(await run("mine", "vault", "prune", "--keep", keep, "-n") == .usage)
    #expect(world.errors.text.contains("write a whole number, 0 or more"), "\(world.errors.text)")
  }

  @Test func aDryRunOfRestoreEndsAsTheRunDoes() async throws {
    try await delete("mine", at: "to", "mine")
    #expect(await run("mine", "vault", "restore", "1", "--dry-run") == .done)
    try world.write("to/gone", "another")
    #expect(await run("mine", "vault", "restore", "1", "--dry-run") == .someFailed)
    #expect(await run("mine", "vault", "restore", "1", "--yes") == .someFailed)
    #expect(world.read("to/gone") == "another")
  }

  @Test func whatIsReplacedIsKept() async throws {
    try await delete("mine", at: "to", "mine")
    try world.write("to/gone", "another")
    #expect(await run("mine", "vault", "restore", "1", "--overwrite", "--yes") == .done)
    #expect(world.read("to/gone") == "mine")
    #expect(await run("mine", "vault", "restore", "2", "--to", "new", "--yes") == .done, "\(world.errors.text)")
    #expect(world.read("new/gone") == "another")
  }

  @Test func aPathThatIsNotInTheVaultIsNamedAndNothingDone() async throws {
    try await delete("mine", at: "to", "mine")
    #expect(await run("mine", "vault", "restore", "1", "gone", "none", "--yes") == .notPossible)
    #expect(world.errors.text.contains("Run 1 has not put this into the vault: none."), "\(world.errors.text)")
    #expect(world.read("to/gone") == nil)
    try world.write("from/stays")
    try world.write("to/other", "other")
    #expect(await run("mine", "sync", "from", "to", "--mirror", "--yes") == .done)
    try world.write("to/more/third")
    try world.write("to/more/fourth")
    #expect(await run("mine", "sync", "from", "to", "--mirror", "--yes") == .done)
    #expect(await run("mine", "vault", "restore", "3", "more/third", "--yes") == .done, "\(world.errors.text)")
    let told = world.output.text
    #expect(told.contains("that are not named: 1\n") && !told.contains("by the filters"), "\(told)")
    #expect(world.names("to/more") == ["third"])
  }

  /// A folder that is not named is not looked into, so that nobody counts what is in it.
  @Test func whatIsNotNamedIsCountedAsWholeFolders() async throws {
    for name in ["one", "two", "sub/three", "sub/four"] { try world.write("to/\(name)") }
    try await delete("mine", at: "to", "mine")
    #expect(await run("mine", "vault", "restore", "1", "one", "--dry-run") == .done)
    let told = world.output.text
    #expect(told.contains("\n  Files and whole folders that are not named: 3\n"), "\(told)")
  }

  /// All that this machine knows is said before that nobody is there to confirm.
  @Test func whatIsNotThereIsSaidBeforeAConfirmationIsMissed() async throws {
    try await delete("mine", at: "to", "mine")
    #expect(await run("mine", "vault", "restore", "1") == .usage && world.errors.text.contains("Add --yes"))
    for (words, told) in [
      (["2"], "No vault has anything of run"), (["1", "none"], "Run 1 has not put this into the vault: none."),
      (["1", "--to", "none/new"], "The folder above none/new does not exist"),
      (["1", "--from", "none"], "none: It does not exist"),
    ] {
      let environment = ["XDG_DATA_HOME": "\(world.folder)/mine"]
      let context = world.context(environment: environment)
      #expect(await Program.run(["vault", "restore"] + words, context) == .notPossible, "\(words)")
      #expect(world.errors.text.contains(told), "\(words): \(world.errors.text)")
    }
    try FileManager.default.moveItem(atPath: world.folder + "/to", toPath: world.folder + "/moved")
    #expect(await run("mine", "vault", "restore", "1", "--from", "moved") == .usage)
  }

  @Test func vaultsOnDevicesAreListedWhereTheyArePluggedIn() async throws {
    let world = try DeviceWorld()
    let phone = DeviceWorld.Device(profile: "android")
    try world.world.makeFolder("phone/Music")
    for (year, text) in [("2020", "old"), ("2021", "newer")] {
      let sync = """
        mkdir -p from && echo \(text) > from/song && touch -d \(year)-01-01 from/song
        "$filesync" sync from mtp:/Music --yes
        """
      let run = try await world.bash(sync, on: phone)
      #expect(run.status == .exited(0), "\(run.errors)")
    }
    let there = try await world.filesync("vault", "list", "--json", on: phone)
    #expect(there.status == .exited(0) && there.errors.isEmpty, "\(there.errors)")
    #expect(there.lines("vaultRun").map { $0["files"] as? Int } == [1], "\(there.output)")
    #expect(there.lines("vaultRun").first?["isOwn"] as? Bool == true)
    let gone = try await world.filesync("vault", "list", "--json")
    #expect(gone.status == .exited(0) && gone.errors.hasPrefix("Not plugged in, and so not looked at: mtp:PHONE/"))
    let folder = try #require(gone.lines("vaultAbsent").first?["folder"] as? String)
    #expect(folder.hasPrefix("mtp:PHONE/") && folder.hasSuffix("/Music") && gone.lines("vaultRun").isEmpty)
    var locked = phone
    locked.options = ["--locked", "3600"]
    let refused = try await world.filesync("vault", "list", "--json", on: locked)
    #expect(refused.status == .exited(1) && refused.lines("failed").count == 1, "\(refused.output)")
    // Nor does a device matter that is not named, or what is only on this computer.
    let named = try await world.filesync("vault", "list", "from", "--json", on: locked)
    #expect(named.status == .exited(0) && named.output.isEmpty && named.errors.isEmpty, "\(named.errors)")
    #expect(try await world.filesync("vault", "prune", "--keep", "0", "-n", on: locked).status == .exited(0))
  }
}
