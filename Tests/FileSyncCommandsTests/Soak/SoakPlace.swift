import Foundation

/// One of the two places of an era: a folder, or a folder on a device.
struct SoakPlace: CustomStringConvertible {
  /// In the world's folder; a device's storage.
  let name: String
  /// `nil` for a folder of this computer.
  let profile: String?

  /// Where it is on disk, in the world's folder.
  var folder: String { profile == nil ? name : "\(name)/Tree" }

  /// As it is given to the program.
  var location: String { profile == nil ? name : "mtp:\(name.uppercased())//Tree" }

  /// Whether what is sent there has its date.
  var keepsDates: Bool { [nil, "android", "player"].contains(profile) }

  /// Whether it tells dates at all.
  var hasDates: Bool { profile != "minimal" }

  var description: String { profile.map { "\(name) (\($0))" } ?? "\(name) (local)" }

  /// What soaks: every kind of device that takes files and lets them be deleted, with a folder or with another device.
  static let pairs: [(String?, String?)] = [
    (nil, nil), (nil, "android"), (nil, "android"), (nil, "android-legacy"), (nil, "umtp"), (nil, "player"),
    (nil, "minimal"), ("android", "umtp"), ("minimal", "android"), ("player", "android"),
  ]

  /// The names that the user gives there. A device's user cannot give those that it forbids, or takes for others.
  var names: [String] {
    let plain = [
      "a.txt", "b.jpg", "c.bin", "IMG_0001.JPG", "100% sure", "%3A", "x (2).txt", "emoji \u{1F600}", "żółw.txt",
    ]
    let odd = [
      "photo.jpg", "Photo.JPG", "a: b?.txt", "e\u{301}.txt", "\u{E9}.txt", "dot.", "tab\t.txt", " lead", "back\\slash",
      String(repeating: "long", count: 60),
    ]
    return profile == nil ? plain + odd : plain
  }

  /// Those of folders.
  var folderNames: [String] { ["DCIM", "sub", "写真", "with space"] + (profile == nil ? ["aux: ?"] : []) }
}
