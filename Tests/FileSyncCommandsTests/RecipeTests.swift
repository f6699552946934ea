import Foundation
import Subprocess
import Testing

/// The commands of docs/recipes.md, run as they stand there.
@Suite(.fewAtOnce) struct RecipeTests {
  struct Recipe: Sendable, CustomStringConvertible {
    var heading: String
    /// What is plugged in.
    var devices: [DeviceWorld.Device]
    /// What is there: files by their paths, of devices too.
    var files: [String]
    /// Folders that are there, and empty.
    var folders: [String] = []
    /// What each folder has afterwards.
    var result: [String: [String]]

    var description: String { heading }
  }

  private static let recipes = [
    Recipe(
      heading: "Back up the camera folder of a phone",
      devices: [.init(profile: "android")],
      files: ["phone/DCIM/Camera/1.jpg", "phone/DCIM/Camera/2.jpg", "phone/DCIM/Camera/3.mp4"],
      folders: ["Pictures"],
      result: ["Pictures/Phone": ["1.jpg", "2.jpg", "3.mp4"]]
    ),
    Recipe(
      heading: "Mirror music to a player",
      devices: [.init(profile: "player", folder: "player")],
      files: ["Music/1.mp3", "Music/B/2.m4a", "Music/cover.jpg", "player/Music/gone.mp3", "player/Music/cover.png"],
      result: ["player/Music": ["1.mp3", "B/2.m4a", "cover.png"]]
    ),
    Recipe(
      heading: "From an old phone to a new one",
      devices: [.init(profile: "android-legacy", folder: "oldphone"), .init(profile: "android", folder: "newphone")],
      files: ["oldphone/DCIM/1.jpg", "oldphone/DCIM/Camera/2.jpg"],
      folders: ["newphone/Music"],
      result: ["newphone/DCIM": ["1.jpg", "Camera/2.jpg"]]
    ),
    Recipe(
      heading: "The library of an e-reader",
      devices: [.init(profile: "ereader", folder: "reader")],
      files: ["Books/1.epub", "Books/2.pdf", "Books/notes.txt", "reader/documents/bought.azw"],
      folders: ["Backup"],
      result: [
        "reader/documents": ["1.epub", "2.pdf", "bought.azw"], "Backup/Reader": ["1.epub", "2.pdf", "bought.azw"],
      ]
    ),
    Recipe(
      heading: "Onto a NAS",
      devices: [.init(profile: "android")],
      files: ["Pictures/1.jpg", "Pictures/B/2.jpg", "nas/Pictures/gone.jpg", "phone/DCIM/3.jpg"],
      result: ["nas/Pictures": ["1.jpg", "B/2.jpg"], "nas/Phone": ["3.jpg"]]
    ),
  ]

  @Test(arguments: recipes) func doesWhatItSays(_ recipe: Recipe) async throws {
    let world = try DeviceWorld()
    var dates: [String: Int] = [:]
    for (number, path) in recipe.files.enumerated() {
      let date = 1_500_000_000 + number * 86_400
      dates[String(path.split(separator: "/").last ?? "")] = date
      try world.world.write(path, path, modified: Date(timeIntervalSince1970: Double(date)))
    }
    for folder in recipe.folders { try world.world.makeFolder(folder) }
    let section = try #require(try Documentation("docs/recipes.md").sections.first { $0.heading == recipe.heading })

    let run = try await world.type(section.commands, on: recipe.devices)
    #expect(run.status == .exited(0), "\(run.output) \(run.errors)")
    for (folder, names) in recipe.result {
      let files = try world.files(folder).filter { !$0.key.hasPrefix(".filesync-vault/") }
      #expect(files.keys.sorted() == names, "\(folder)")
      // What devices date themselves comes back with its own dates, see Backup.
      guard recipe.devices.allSatisfy({ $0.profile != "ereader" }) || folder.hasPrefix("Backup") else { continue }
      for (path, file) in files {
        #expect(file.modified == dates[String(path.split(separator: "/").last ?? "")], "date of \(folder)/\(path)")
      }
    }
  }

  @Test func allAreHere() throws {
    #expect(try Documentation("docs/recipes.md").sections.map(\.heading) == Self.recipes.map(\.heading))
  }
}
