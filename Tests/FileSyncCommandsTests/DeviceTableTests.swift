import CLinux
import Foundation
import Glibc
import PTP
import Subprocess
import Testing
import VirtualDevice

/// README's table of what each kind of device keeps, made from runs of the program: with `FILESYNC_WRITE_TABLE=1` it is
/// written, else compared.
@Suite(.fewAtOnce) struct DeviceTableTests {
  private static let names = [
    "android": "Android 8.1 and later", "android-legacy": "Android up to 8.0",
    "umtp": "uMTP-Responder (Linux phones, Raspberry Pi)", "player": "players that let dates be set",
    "ereader": "e-readers (Kindle of 2024)", "garmin": "watches that delete nothing (Garmin)",
    "minimal": "the simplest PTP devices", "camera": "cameras",
  ]
  /// Winter and summer; the phone is in another zone than this computer.
  private static let dates = [1_263_556_800, 1_689_422_401, 1_721_044_803].map { Date(timeIntervalSince1970: $0) }

  /// Where the files are; the last one is in a folder, which has a date as well.
  private static let paths = ["0.jpg", "1.jpg", "sub/2.jpg"]
  private static let folderDate = Date(timeIntervalSince1970: 1_705_320_005)

  /// What became of the dates on one way.
  private struct Way {
    var modified: String
    var created: String
    var folders: String
    var foldersCreated: String
    var back: String
  }

  @Test func theReadmeSaysWhatRunsShow() async throws {
    var rows: [String] = []
    for profile in Profile.all {
      let name = try #require(Self.names[profile.name], "a name for people")
      guard profile.info.operations.contains(.sendObject) else {
        rows.append("| \(name) | take no files | – | – | – | \(try await read(profile.name)) | – |")
        continue
      }
      let own = try await there(profile.name, "automatic")
      let libmtp = try await there(profile.name, "libmtp")
      let kept = [own.modified, own.created, own.folders, own.foldersCreated]
      #expect(!kept.contains("lost") && own.back == "true dates", "\(profile.name): \(own)")
      // Only files have dates that can be sent along: those of folders have to be set.
      let canSet = profile.rules.keepsSetDates && profile.rules.settableDates.contains(.dateModified)
      #expect((own.folders == "kept") == canSet, "\(profile.name): \(own)")
      let dates = (kept + [own.back]).joined(separator: " | ")
      rows.append("| \(name) | \(dates) | \(libmtp.modified) |")
    }
    let head = [
      "| device | modification dates of what is sent | creation dates | dates of folders | their creation dates "
        + "| copied back | sent by libmtp's calls alone |",
      "|---|---|---|---|---|---|---|",
    ]
    let table = (head + rows).joined(separator: "\n")
    let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md").standardized
    let text = try String(contentsOf: readme, encoding: .utf8)
    let marks = ("<!-- table of devices: written by `make device-table` -->\n", "\n<!-- end of the table -->")
    let start = try #require(text.range(of: marks.0)?.upperBound)
    let end = try #require(text.range(of: marks.1, range: start..<text.endIndex)?.lowerBound)
    if ProcessInfo.processInfo.environment["FILESYNC_WRITE_TABLE"] != nil {
      try text.replacingCharacters(in: start..<end, with: table).write(to: readme, atomically: true, encoding: .utf8)
    } else {
      #expect(String(text[start..<end]) == table, "`make device-table` writes it anew")
    }
  }

  private func device(_ profile: String) -> DeviceWorld.Device {
    DeviceWorld.Device(profile: profile, options: ["--zone", "America/New_York"])
  }

  /// Sends files, and copies them back into another folder.
  private func there(_ profile: String, _ transport: String) async throws -> Way {
    let world = try DeviceWorld()
    for (path, date) in zip(Self.paths, Self.dates) {
      try world.world.write("from/\(path)", "picture \(path)", modified: date)
      try setCreationDate("\(world.world.folder)/from", path)
    }
    let folder = "\(world.world.folder)/from/sub"
    try setCreationDate("\(world.world.folder)/from", "sub")
    try FileManager.default.setAttributes([.modificationDate: Self.folderDate], ofItemAtPath: folder)
    try world.world.makeFolder("phone/documents")
    let script = """
      export FILESYNC_TRANSPORT=\(transport)
      "$filesync" sync from mtp:/documents --yes --json > there.json 2> errors || exit 10
      "$filesync" sync from mtp:/documents --dry-run --json > again.json 2> errors || exit 12
      "$filesync" sync mtp:/documents back --yes --json > back.json 2> errors || exit 11
      """
    let run = try await world.bash(script, on: device(profile))
    guard run.status == .exited(0) else {
      // Where libmtp's own calls cannot send at all.
      #expect(run.status == .exited(10) && transport == "libmtp", "\(profile): \(world.world.read("errors") ?? "")")
      return Way(modified: "cannot be sent", created: "–", folders: "–", foldersCreated: "–", back: "–")
    }
    let again = DeviceWorld.Ending(status: run.status, output: world.world.read("again.json") ?? "", errors: "")
    #expect(again.lines("step").isEmpty, "\(profile), \(transport): \(again.output)")
    #expect(again.lines("plan").map { $0["folderDates"] as? Int } == [0], "\(profile), \(transport)")
    let there = DeviceWorld.Ending(status: run.status, output: world.world.read("there.json") ?? "", errors: "")
    let counts = try #require(there.lines("finished").last?["counts"] as? [String: Any])
    let back = "\(world.world.folder)/back"
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(back)/sub")
    #expect(attributes[.modificationDate] as? Date == Self.folderDate)
    for path in Self.paths + ["sub"] {
      #expect(creationDate(back, path) == someCreationDate, "\(profile), \(transport): \(path)")
    }
    return Way(
      modified: try word(counts["modified"], of: Self.dates.count),
      created: try word(counts["created"], of: Self.dates.count),
      folders: try word(counts["folderDates"], of: 1),
      foldersCreated: try word(counts["folderCreated"], of: 1),
      back: try dates(world)
    )
  }

  /// Reads files that are on the device by other means, and whose zone is known.
  private func read(_ profile: String) async throws -> String {
    let world = try DeviceWorld()
    for (path, date) in zip(Self.paths, Self.dates) {
      try world.world.write("phone/\(path)", "picture \(path)", modified: date)
    }
    let run = try await world.filesync(
      "sync",
      "mtp:",
      "back",
      "--yes",
      on: device(profile),
      zone: "America/New_York"
    )
    #expect(run.status == .exited(0), "\(run.errors)")
    return try dates(world)
  }

  private func dates(_ world: DeviceWorld) throws -> String {
    let files = try world.files("back")
    let isTrue = zip(Self.paths, Self.dates).allSatisfy { path, date in
      files[path]?.modified == Int(date.timeIntervalSince1970)
    }
    return isTrue ? "true dates" : "other dates"
  }

  /// The one word for what became of so many dates.
  private func word(_ fates: Any?, of count: Int) throws -> String {
    let fates = try #require(fates as? [String: Int]).filter { $0.value > 0 }
    try #require(fates.count == 1 && fates.first?.value == count, "\(fates)")
    return ["verified": "kept", "manifest": "in the journal"][fates.first?.key ?? ""] ?? "lost"
  }
}

/// As FileSync keeps one where the file system lets nobody set it.
func setCreationDate(_ folder: String, _ name: String) throws {
  let folder = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY)
  try #require(folder >= 0)
  defer { close(folder) }
  let date = someCreationDate
  let result = unsafe linux_set_attribute_at(folder, name, "user.filesync.created", date, date.utf8.count)
  try #require(result == 0, "the file system for temporary files keeps no attributes")
}

private let someCreationDate = "981173106.000000000"

/// The date that ``setCreationDate(_:_:)`` sets.
private func creationDate(_ folder: String, _ name: String) -> String? {
  let folder = unsafe Glibc.open(folder, O_RDONLY | O_DIRECTORY)
  guard folder >= 0 else { return nil }
  defer { close(folder) }
  var value = [UInt8](repeating: 0, count: 40)
  let count = unsafe linux_get_attribute_at(folder, name, "user.filesync.created", &value, value.count)
  return count > 0 ? String(decoding: value[..<count], as: UTF8.self) : nil
}
