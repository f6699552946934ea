import Foundation
import StorageContract

// What the users of both places do between runs.
extension SoakWorld {
  /// Writes a new version, unlike all others, with a date of its own.
  private mutating func write(_ path: String, at place: SoakPlace, _ numbers: inout SeededNumbers) throws {
    versions += 1
    let isEmpty = Int.random(in: 0..<20, using: &numbers) == 0
    let sizes = [10, 500, 512, 4096, 16_384, 70_000]
    let size = (sizes.randomElement(using: &numbers) ?? 10) + Int.random(in: -1...1, using: &numbers)
    let bytes = isEmpty ? Data() : Data("\(versions) ".utf8) + Data(someBytes(size, seed: UInt64(versions)))
    let whole = "\(folder)/\(place.folder)/\(path)"
    try FileManager.default.createDirectory(
      atPath: (whole as NSString).deletingLastPathComponent,
      withIntermediateDirectories: true
    )
    try bytes.write(to: URL(filePath: whole))
    model.wrote(bytes, dated: try date(whole, &numbers), at: place)
  }

  /// Gives a file a date from 1990 to 2025; on a device in whole seconds.
  private func date(_ whole: String, _ numbers: inout SeededNumbers) throws -> Int {
    let seconds = Int.random(in: 631_152_000...1_750_000_000, using: &numbers)
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    guard unsafe utimensat(AT_FDCWD, whole, [time, time], 0) == 0 else { throw SoakFinding("\(whole) cannot be dated") }
    return seconds
  }

  /// One thing that a user does; nothing if there is nothing to do it to.
  mutating func change(_ place: SoakPlace, _ numbers: inout SeededNumbers) throws {
    let image = try SoakImage(of: "\(folder)/\(place.folder)")
    let root = "\(folder)/\(place.folder)/"
    let paths = image.own.keys.sorted { $0.lexicographicallyPrecedes($1) }
    let known = paths.randomElement(using: &numbers).map { String(decoding: $0, as: UTF8.self) }
    let bytes = known.flatMap { image.own[Array($0.utf8)]?.bytes } ?? Data()
    let kind = paths.count < 6 ? 0 : Int.random(in: 0..<12, using: &numbers)
    switch (kind, known) {
    case (0...3, _), (_, nil):
      let path = newPath(place, &numbers)
      guard isFree(path, at: place) else { return }
      log.append("new \(path) at \(place)")
      try write(path, at: place, &numbers)
    case (4...5, let path?):
      log.append("\(path) is changed at \(place)")
      model.removed(bytes, at: place)
      try write(path, at: place, &numbers)
    case (6, let path?):
      guard place.hasDates else { return }
      log.append("\(path) is dated anew at \(place)")
      let isAlone = image.own.values.count { $0.bytes == bytes } == 1
      model.redated(bytes, try date(root + path, &numbers), at: place, isAlone: isAlone)
    case (7...8, let path?):
      let target = newPath(place, &numbers)
      guard isFree(target, at: place) else { return }
      log.append("\(path) becomes \(target) at \(place)")
      try makeFolder(above: root + target)
      try FileManager.default.moveItem(atPath: root + path, toPath: root + target)
      model.moved(bytes)
      // Under another name nobody knows the date any more that such a device did not keep.
      if !place.keepsDates, let file = image.own[Array(path.utf8)] {
        model.wrote(bytes, dated: file.seconds, at: place)
      }
    case (9, let path?):
      log.append("\(path) is removed at \(place)")
      model.removed(bytes, at: place)
      try FileManager.default.removeItem(atPath: root + path)
    case (10, _):
      guard let name = ["DCIM", "sub"].randomElement(using: &numbers) else { return }
      let below = image.own.filter { $0.key.starts(with: Array("\(name)/".utf8)) }
      // Whether a folder becomes a file, or a file a folder.
      guard below.count < 4, below.count * 3 < paths.count else { return }
      log.append("\(name) is another kind at \(place)")
      for file in below.values { model.removed(file.bytes, at: place) }
      if let file = image.own[Array(name.utf8)] { model.removed(file.bytes, at: place) }
      if FileManager.default.fileExists(atPath: root + name) { try FileManager.default.removeItem(atPath: root + name) }
      try write(image.folders.contains(Array(name.utf8)) ? name : "\(name)/inside.txt", at: place, &numbers)
    default:
      let target = newPath(place, &numbers)
      guard let path = known, isFree(target, at: place) else { return }
      log.append("\(path) is doubled as \(target) at \(place)")
      try makeFolder(above: root + target)
      try FileManager.default.copyItem(atPath: root + path, toPath: root + target)
      let seconds = try date(root + target, &numbers)
      model.wrote(bytes, dated: seconds, at: place)
    }
  }

  private func newPath(_ place: SoakPlace, _ numbers: inout SeededNumbers) -> String {
    let name = place.names.randomElement(using: &numbers) ?? "a"
    let folder = place.folderNames.randomElement(using: &numbers) ?? "sub"
    return switch Int.random(in: 0..<3, using: &numbers) {
    case 0: name
    case 1: "\(folder)/\(name)"
    default: "\(folder)/deeper/\(name)"
    }
  }

  /// Whether nothing has this name, and no file that of a folder above it.
  private func isFree(_ path: String, at place: SoakPlace) -> Bool {
    var whole = "\(folder)/\(place.folder)"
    for part in path.split(separator: "/") {
      var isFolder: ObjCBool = false
      if unsafe FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder), !isFolder.boolValue {
        return false
      }
      whole += "/\(part)"
    }
    return !FileManager.default.fileExists(atPath: whole)
  }

  private func makeFolder(above path: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent,
      withIntermediateDirectories: true
    )
  }
}
