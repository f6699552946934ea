import Foundation

/// What the user did, by the contents of files, of which each version that is ever written is unlike all others; and so
/// what a run may leave.
struct SoakModel {
  /// By place, and there by contents: the dates that are right, as Unix times.
  private var dates: [String: [Data: Set<Int>]] = [:]
  /// What nobody knows a date of.
  private var undated: Set<Data> = []
  /// By place: what the user wrote over, removed or moved away there.
  private(set) var removed: [String: Set<Data>] = [:]
  /// All of these, and what was moved: something new may get the same name at any time, and replace it elsewhere.
  private(set) var superseded: Set<Data> = []
  /// By place: what the user gave another date there.
  private(set) var redated: [String: Set<Data>] = [:]

  mutating func wrote(_ bytes: Data, dated date: Int, at place: SoakPlace) {
    // What such a device tells no date of gets whatever date elsewhere.
    guard place.hasDates else {
      undated.insert(bytes)
      return
    }
    dates[place.name, default: [:]][bytes, default: []].insert(date)
  }

  mutating func removed(_ bytes: Data, at place: SoakPlace) {
    removed[place.name, default: []].insert(bytes)
    superseded.insert(bytes)
  }

  /// Notes that a name of a file is free again: whatever gets it replaces the file elsewhere.
  mutating func moved(_ bytes: Data) { superseded.insert(bytes) }

  /// - Parameter isAlone: whether no other file there has these contents.
  mutating func redated(_ bytes: Data, _ date: Int, at place: SoakPlace, isAlone: Bool) {
    if isAlone { dates[place.name, default: [:]][bytes] = [] }
    wrote(bytes, dated: date, at: place)
    redated[place.name, default: []].insert(bytes)
  }

  /// What is wrong with the date of a file that is, or was, at a place; `nil` if it is right, or nobody knows any.
  func wrongDate(_ path: [UInt8], _ file: SoakImage.File, at place: SoakPlace) -> String? {
    guard !undated.contains(file.bytes) else { return nil }
    let right = dates[place.name]?[file.bytes] ?? []
    return right.contains(file.seconds) ? nil : "date of \(text(path)): \(file.seconds), not one of \(right)"
  }

  /// Notes that the dates of files were brought from one place to another, also of those that the user dated anew there.
  mutating func settled(_ contents: Set<Data>, from source: SoakPlace, to destination: SoakPlace, isMending: Bool) {
    redated[source.name]?.subtract(contents)
    if isMending { redated[destination.name]?.subtract(contents) }
  }

  /// Notes that files came from one place to another with their dates.
  mutating func brought(_ contents: Set<Data>, from source: SoakPlace, to destination: SoakPlace) {
    for bytes in contents {
      guard let known = dates[source.name]?[bytes] else { continue }
      dates[destination.name, default: [:]][bytes, default: []].formUnion(known)
    }
  }

  /// What a place and the vaults held before, and hold now.
  struct Change {
    var before: SoakImage
    var after: SoakImage
    /// Versions that are kept anywhere.
    var vaults: Set<Data>
  }

  /// What is wrong at any time, also after a run that was cut off.
  /// - Parameter replaceable: what a run may replace, besides what the user wrote over somewhere.
  func losses(_ source: Change?, _ destination: Change, isLocal: Bool, replaceable: Set<Data>) -> [String] {
    var wrong: [String] = []
    if let source, source.before != source.after { wrong.append("the source is not what it was") }
    let now = destination.after.own.values.contents
    for (path, file) in destination.before.own where !now.contains(file.bytes) {
      if !destination.vaults.contains(file.bytes) { wrong.append("\(text(path)) of the destination is lost") }
      if !superseded.union(replaceable).contains(file.bytes) { wrong.append("\(text(path)) was replaced for nothing") }
    }
    if isLocal, let source { wrong += strangers(source, destination) }
    return wrong
  }

  /// What is nobody's version: half a file, or a mixture.
  private func strangers(_ source: Change, _ destination: Change) -> [String] {
    let known = source.before.own.values.contents.union(destination.before.own.values.contents)
    return destination.after.own.filter { !known.contains($0.value.bytes) }.keys.map { "\(text($0)) is no whole file" }
  }

  /// What is wrong after a run that came to its end.
  /// - Parameters:
  ///   - wanted: what was to be copied.
  ///   - comparesContents: whether the run had to find what is changed by more than its size and date.
  func errors(
    _ source: Change,
    _ destination: Change,
    wanted: [[UInt8]: SoakImage.File],
    to place: SoakPlace,
    from origin: SoakPlace,
    comparesContents: Bool
  ) -> [String] {
    var wrong = strangers(source, destination)
    wrong += (source.after.temporaries + destination.after.temporaries).map { "left behind: \($0)" }
    let now = destination.after.own.values.contents
    let gone = removed[place.name] ?? []
    for (path, file) in wanted where !now.contains(file.bytes) && !gone.contains(file.bytes) {
      // A device that tells no dates does not tell of a change that keeps the size.
      let isAlike = !origin.hasDates && destination.before.own[path]?.bytes.count == file.bytes.count
      if isAlike, !comparesContents { continue }
      if !isBlocked(path, destination.before) { wrong.append("\(text(path)) has not come") }
    }
    for (path, file) in destination.after.own where place.keepsDates {
      if let error = wrongDate(path, file, at: place) { wrong.append(error) }
      // The same file on both sides, and dated anew at the source only.
      let isTheirs = redated[place.name]?.contains(file.bytes) ?? false
      guard origin.keepsDates, !isTheirs, wanted.values.count(where: { $0.bytes == file.bytes }) == 1,
        let old = destination.before.files[path], old.bytes == file.bytes,
        let one = wanted[path], one.bytes == file.bytes, redated[origin.name]?.contains(file.bytes) ?? false
      else { continue }
      if one.seconds != file.seconds { wrong.append("date of \(text(path)) was not mended: \(file.seconds)") }
    }
    return wrong
  }

  /// Whether a file stands where a folder should be, or the other way round.
  private func isBlocked(_ path: [UInt8], _ destination: SoakImage) -> Bool {
    var parts: [UInt8] = []
    for part in path.split(separator: UInt8(ascii: "/")) {
      parts += (parts.isEmpty ? [] : [UInt8(ascii: "/")]) + part
      if destination.files[parts] != nil, parts.count < path.count { return true }
    }
    return destination.folders.contains(path)
  }

  private func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
}
