import Foundation
import Subprocess
import Testing

/// What docs/compared.md says that FileSync can do.
@Suite(.fewAtOnce) struct ComparedTests {
  private let page: Documentation

  init() throws { page = try Documentation("docs/compared.md") }

  /// The first column of the table, with whether the second says yes.
  private var rows: [(feature: String, isYes: Bool)] {
    page.text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| |") }.map { row in
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return (cells[0], cells[1] == "**yes**")
    }
  }

  @Test func everyYesIsShown() {
    #expect(rows.count > 30)
    #expect(rows.filter(\.isYes).map(\.feature) == page.sections.map(\.heading))
  }

  @Test func everyYesIsTrue() async throws {
    let world = try DeviceWorld()
    let long = String(repeating: "film", count: 6_000_000)
    let files = ["phone/DCIM/IMG_1.jpg", "phone/DCIM/IMG_2.jpg", "notes.txt", "Music/new/a.mp3", "Music/old/b.mp3"]
    for path in files + ["player/Music/old/b.mp3"] { try world.world.write(path, path) }
    try world.world.write("phone/Movies/film.mp4", long)
    for folder in ["card", "names"] { try world.world.makeFolder(folder) }
    let devices = [
      DeviceWorld.Device(profile: "android", options: ["--card", "\(world.world.folder)/card"]),
      DeviceWorld.Device(profile: "player", folder: "player"),
    ]
    let script = page.sections.map { "echo '=== \($0.heading)'\n\($0.commands)" }.joined()
    let run = try await world.type(script, on: devices)
    let last = run.output.components(separatedBy: "=== ").last ?? ""
    #expect(run.status == .exited(0), "\(last) \(run.errors.suffix(2000))")
  }
}
