import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// Of which folders the old versions are that this computer keeps for devices that cannot move files.
@Suite(.fewAtOnce) struct VaultOriginTests {
  private let world: DeviceWorld

  init() throws {
    world = try DeviceWorld()
    for folder in ["phone/Music", "other/Music", "card/Music"] { try world.world.makeFolder(folder) }
  }

  private func device(_ folder: String = "phone", _ options: String...) -> DeviceWorld.Device {
    DeviceWorld.Device(profile: "android-legacy", folder: folder, options: options)
  }

  /// Runs twice; the second run, a mirror, deletes a file with this text.
  private func delete(_ text: String, at location: String, on device: DeviceWorld.Device) async throws {
    let script = """
      mkdir -p "from/$1" && cd "from/$1" && echo stays > stays && printf %s "$1" > gone
      "$filesync" sync . "$2" --yes && rm gone && "$filesync" sync . "$2" --mirror --yes
      """
    let end = try await world.bash(script, text, location, on: device)
    try #require(end.status == .exited(0), "\(end.errors)")
  }

  /// The numbers of the runs with something in the vault of a folder.
  private func list(_ location: String, on device: DeviceWorld.Device) async throws -> [Int] {
    let end = try await world.filesync("vault", "list", location, "--json", on: device)
    #expect(end.status == .exited(0), "\(end.errors)")
    return end.lines("vaultRun").compactMap { $0["number"] as? Int }
  }

  /// The numbers of the runs of which all is removed from the vault of a folder.
  private func prune(_ location: String, on device: DeviceWorld.Device) async throws -> [Int] {
    let end = try await world.filesync("vault", "prune", location, "--keep", "0", "--yes", "--json", on: device)
    #expect(end.status == .exited(0), "\(end.errors)")
    return end.lines("pruned").compactMap { $0["number"] as? Int }
  }

  @Test func storagesOfOneDeviceAreToldApart() async throws {
    let phone = device("phone", "--card", "\(world.world.folder)/card")
    try await delete("inside", at: "mtp:/internal/Music", on: phone)
    try await delete("card", at: "mtp:/card/Music", on: phone)
    #expect(try await list("mtp:/internal/Music", on: phone) == [2])
    #expect(try await list("mtp:/card/Music", on: phone) == [4])
    let other = try await world.filesync("vault", "restore", "2", "--from", "mtp:/card/Music", "--yes", on: phone)
    #expect(other.status == .exited(CommandStatus.notPossible.rawValue) && world.world.read("card/Music/gone") == nil)
    #expect(try await prune("mtp:/card/Music", on: phone) == [4])
    let back = try await world.filesync("vault", "restore", "2", "--yes", on: phone)
    #expect(back.status == .exited(0) && world.world.read("phone/Music/gone") == "inside", "\(back.errors)")
  }

  /// Many devices have this serial number; these two differ in what they hold.
  @Test func devicesWithOneSerialNumberAreToldApart() async throws {
    let dummy = "0123456789ABCDEF"
    let one = device("phone", "--serial", dummy, "--space", "1000000000")
    let two = device("other", "--serial", dummy, "--space", "2000000000")
    try await delete("one", at: "mtp:/Music", on: one)
    try await delete("two", at: "mtp:/Music", on: two)
    #expect(try await list("mtp:/Music", on: one) == [2])
    #expect(try await list("mtp:/Music", on: two) == [4])
    // They have one name, and are two folders all the same.
    let last = try await world.filesync("vault", "prune", "--keep", "1", "--yes")
    #expect(last.output == "There is nothing to remove.\n", "\(last.output)")
    let wrong = try await world.filesync("vault", "restore", "2", "--yes", on: two)
    #expect(wrong.status == .exited(CommandStatus.notPossible.rawValue), "\(wrong.output)")
    #expect(wrong.errors.contains("is not the folder that run 2 wrote to"), "\(wrong.errors)")
    #expect(world.world.read("other/Music/gone") == nil)
    #expect(try await prune("mtp:/Music", on: two) == [4])
    let back = try await world.filesync("vault", "restore", "2", "--yes", on: one)
    #expect(back.status == .exited(0) && world.world.read("phone/Music/gone") == "one", "\(back.errors)")
  }

  @Test func aDeviceWithoutASerialNumberIsRecognised() async throws {
    let nameless = device("phone", "--serial", "")
    try await delete("one", at: "mtp:/Music", on: nameless)
    #expect(try await list("mtp:/Music", on: nameless) == [2])
    let back = try await world.filesync("vault", "restore", "2", "--from", "mtp:/Music", "--yes", on: nameless)
    #expect(back.status == .exited(0) && world.world.read("phone/Music/gone") == "one", "\(back.errors)")
  }

  @Test func whatABroughtBackFileReplacesIsKept() async throws {
    let phone = device()
    try await delete("one", at: "mtp:/Music", on: phone)
    try world.world.write("phone/Music/gone", "newer")
    let refused = try await world.filesync("vault", "restore", "2", "gone", "--yes", on: phone)
    #expect(refused.status == .exited(CommandStatus.someFailed.rawValue), "\(refused.errors)")
    #expect(world.world.read("phone/Music/gone") == "newer")
    let forced = try await world.filesync("vault", "restore", "2", "gone", "--overwrite", "--yes", on: phone)
    #expect(forced.status == .exited(0) && world.world.read("phone/Music/gone") == "one", "\(forced.errors)")
    let last = String(try #require(try await list("mtp:/Music", on: phone).last))
    let back = try await world.filesync("vault", "restore", last, "gone", "--to", "back", "--yes")
    #expect(back.status == .exited(0) && world.world.read("back/gone") == "newer", "\(back.errors)")
  }

  /// The journal is lost, or a run of it has the number of one of a journal that was.
  @Test(arguments: ["mv journal.sqlite* ..", "mv vault/*-2 vault/2020-01-01T000000-2"])
  func whatNoRunOnRecordHasPutThereCanBeListedBroughtBackAndRemoved(_ loss: String) async throws {
    let phone = device()
    try await delete("one", at: "mtp:/Music", on: phone)
    try await delete("two", at: "mtp:/Music", on: phone)
    try #require(try await world.bash("cd data/filesync && \(loss)").status == .exited(0))
    let list = try await world.filesync("vault", "list", "--json")
    let lost = list.lines("vaultRun").filter { $0["origin"] == nil }
    #expect(list.lines("vaultRun").count == 2 && lost.count == (loss.contains("journal") ? 2 : 1), "\(list.output)")
    let name = try #require(lost.first?["name"] as? String)
    #expect(lost.first?["isOwn"] as? Bool == false && name.hasSuffix("-2"))
    #expect(try await world.filesync("vault").output.contains("\(name)  "))
    #expect(try await world.filesync("vault").output.contains("  from an unknown folder  1 file, 3 bytes\n"))

    let nowhere = try await world.filesync("vault", "restore", name, "--yes", on: phone)
    #expect(nowhere.status == .exited(CommandStatus.notPossible.rawValue) && nowhere.errors.contains("--to"))
    #expect(world.world.read("phone/Music/gone") == nil)
    let back = try await world.filesync("vault", "restore", name, "--to", "back", "--yes")
    #expect(back.status == .exited(0) && world.world.read("back/gone") == "one", "\(back.errors)")

    // What is of an unknown folder is of no folder that is named, and any two may be of different ones.
    let known = loss.contains("journal") ? [] : [4]
    #expect(try await self.list("mtp:/Music", on: phone) == known)
    #expect(try await prune("mtp:/Music", on: phone) == known)
    let kept = try await world.filesync("vault", "prune", "--keep", "1", "--yes")
    #expect(kept.output == "There is nothing to remove.\n", "\(kept.output)")
    let all = try await world.filesync("vault", "prune", "--keep", "0", "--yes", "--json")
    #expect(all.lines("pruned").count == lost.count, "\(all.output) \(all.errors)")
    #expect(try await world.filesync("vault").output == "There is nothing in any vault.\n")
  }
}
