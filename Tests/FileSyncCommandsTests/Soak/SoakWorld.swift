import Foundation
import StorageContract
import Subprocess
import Testing

/// Two places, what happened to them so far, and the program.
struct SoakWorld {
  let one: SoakPlace
  let other: SoakPlace
  private let world: DeviceWorld
  var model = SoakModel()
  /// How many were written so far.
  var versions = 0
  /// What happened, for the one who looks into a finding.
  var log: [String] = []

  /// On disk.
  var folder: String { world.world.folder }

  /// Makes both places, one of them with a dozen files, the other with three.
  init(_ numbers: inout SeededNumbers) throws {
    let pair = SoakPlace.pairs.randomElement(using: &numbers) ?? (nil, nil)
    (one, other) = (SoakPlace(name: "one", profile: pair.0), SoakPlace(name: "two", profile: pair.1))
    world = try DeviceWorld()
    for (place, count) in [(one, 12), (other, 3)] {
      try world.world.makeFolder(place.folder)
      for _ in 0..<count { try change(place, &numbers) }
    }
  }

  /// Moves all of it to where it stays.
  func keep(as name: String) -> String {
    let kept = FileManager.default.temporaryDirectory.path + "/filesync-soak-\(name)"
    try? FileManager.default.removeItem(atPath: kept)
    try? FileManager.default.copyItem(atPath: folder, toPath: kept)
    return kept
  }

  // MARK: Rounds

  /// What one round runs.
  private struct Errand {
    var command: [String]
    var source: SoakPlace
    var destination: SoakPlace
    /// A name at the source's root that alone is meant.
    var part: String?
  }

  /// Users change things, a command is disturbed and then given again until it is done, and the trees are compared.
  mutating func round(_ number: Int, _ numbers: inout SeededNumbers, _ counts: inout SoakCounts) async throws {
    log.append("round \(number)")
    counts.rounds += 1
    for _ in 0..<Int.random(in: 1...6, using: &numbers) {
      try change(Int.random(in: 0..<3, using: &numbers) == 0 ? other : one, &numbers)
      counts.changes += 1
    }
    guard let errand = try errand(&numbers) else { return }
    let before = (try image(errand.source), try image(errand.destination))
    var isDone = false
    for _ in 0..<Int.random(in: 0...2, using: &numbers) {
      let trouble = SoakTrouble(devices: devices(errand).count, &numbers)
      // A move that is done cannot be done again.
      guard !isDone || errand.command[0] != "mv" else { break }
      let ending = try await run(errand, trouble)
      isDone = ending.code == 0
      counts.runs += 1
      counts.disturbed += 1
      if ending.isKilled { counts.killed += 1 }
      guard ending.isKilled || (0...4).contains(ending.code) else {
        throw SoakFinding("ended with \(ending.code): \(ending.output) \(ending.errors)")
      }
      try checkLosses(errand, before)
    }
    try await finish(errand, before, isDone: isDone, &counts)
  }

  private func errand(_ numbers: inout SeededNumbers) throws -> Errand? {
    let (from, to) = Int.random(in: 0..<3, using: &numbers) == 0 ? (other, one) : (one, other)
    let part = try image(from).top.randomElement(using: &numbers)
    switch (Int.random(in: 0..<10, using: &numbers), part) {
    case (0, let part?):
      let options = Bool.random(using: &numbers) ? ["--overwrite"] : []
      let command = ["copy", "\(from.location)/\(part)", to.location] + options
      return Errand(command: command, source: from, destination: to, part: part)
    case (1, let part?):
      // Nothing is replaced by a move, neither under its name nor under one that stands for it.
      func spelling(_ name: String) -> String { (name.removingPercentEncoding ?? name).lowercased() }
      guard try !image(to).top.contains(where: { spelling($0) == spelling(part) }) else { return nil }
      let command = ["mv", "\(from.location)/\(part)", to.location]
      return Errand(command: command, source: from, destination: to, part: part)
    case (2, _): return Errand(command: ["dates", from.location, to.location], source: from, destination: to)
    case (3, _):
      return Errand(command: ["sync", from.location, to.location, "--checksum"], source: from, destination: to)
    case (4...5, _):
      let command = ["sync", from.location, to.location, "--restore-missing", "always"]
      return Errand(command: command, source: from, destination: to)
    default:
      let command = ["sync", from.location, to.location, "--restore-missing", "never"]
      return Errand(command: command, source: from, destination: to)
    }
  }

  // MARK: Checks

  private func image(_ place: SoakPlace) throws -> SoakImage { try SoakImage(of: "\(folder)/\(place.folder)") }

  private func change(_ before: SoakImage, _ place: SoakPlace) throws -> SoakModel.Change {
    let after = try image(place)
    let vaults = try [one, other].reduce(into: try SoakImage(of: "\(folder)/data").files.values.contents) {
      found,
      place in
      found.formUnion(try image(place).vault)
    }
    return SoakModel.Change(before: before, after: after, vaults: vaults)
  }

  private func wanted(_ errand: Errand, _ source: SoakImage) -> [[UInt8]: SoakImage.File] {
    guard let part = errand.part.map({ Array($0.utf8) }) else { return source.own }
    return source.own.filter { $0.key == part || $0.key.starts(with: part + [UInt8(ascii: "/")]) }
  }

  private func checkLosses(_ errand: Errand, _ before: (SoakImage, SoakImage)) throws {
    let source = try change(before.0, errand.source)
    let destination = try change(before.1, errand.destination)
    // What `--overwrite` may replace.
    let replaceable = errand.command[0] == "copy" ? destination.before.own.values.contents : []
    let isMove = errand.command[0] == "mv"
    var wrong = model.losses(
      isMove ? nil : source,
      destination,
      isLocal: errand.destination.profile == nil,
      replaceable: replaceable
    )
    if isMove {
      let now = source.after.own.values.contents.union(destination.after.own.values.contents)
      for (path, file) in source.before.own where !now.contains(file.bytes) {
        wrong.append("\(String(decoding: path, as: UTF8.self)) is lost on the way")
      }
    }
    if !wrong.isEmpty { throw SoakFinding(wrong.joined(separator: "\n  ")) }
  }

  /// Gives the command again, without faults, and once more; and compares.
  private mutating func finish(
    _ errand: Errand,
    _ before: (SoakImage, SoakImage),
    isDone: Bool,
    _ counts: inout SoakCounts
  ) async throws {
    let name = errand.command[0]
    let wanted = wanted(errand, before.0)
    var ending = Ending(code: 0, output: "", errors: "", copied: 0)
    if !isDone || name != "mv" {
      ending = try await run(errand, nil)
      counts.runs += 1
    }
    guard ending.code == 0 || ending.code == 1 && ending.isLimited else {
      throw SoakFinding("ended with \(ending.code): \(ending.output) \(ending.errors)")
    }
    try checkLosses(errand, before)
    let source = try change(before.0, errand.source)
    let destination = try change(before.1, errand.destination)
    model.brought(wanted.values.contents, from: errand.source, to: errand.destination)
    if name == "copy" {
      // What `--overwrite` replaced, the user has replaced.
      let now = destination.after.own.values.contents
      for file in destination.before.own.values where !now.contains(file.bytes) {
        model.removed(file.bytes, at: errand.destination)
      }
    }
    var wrong: [String] = []
    switch name {
    case "dates":
      if destination.before.own.mapValues(\.bytes) != destination.after.own.mapValues(\.bytes) {
        wrong.append("more than dates has changed")
      }
    case "copy" where ending.code == 1: break
    default:
      wrong = model.errors(
        source,
        destination,
        wanted: wanted,
        to: errand.destination,
        from: errand.source,
        comparesContents: errand.command.contains("--checksum")
      )
    }
    if name == "mv" {
      for file in wanted.values { model.removed(file.bytes, at: errand.source) }
      if wanted.keys.contains(where: { source.after.own[$0] != nil }) { wrong.append("the source is still there") }
      for (path, file) in before.0.own where wanted[path] == nil && source.after.own[path] != file {
        wrong.append("\(String(decoding: path, as: UTF8.self)) was not to be moved")
      }
    } else {
      let again = try await run(errand, nil)
      counts.runs += 1
      if again.code != ending.code || again.copied > 0 {
        wrong.append("not idle: \(again.code) \(again.output)")
      }
      if try image(errand.destination) != destination.after {
        wrong.append("the second run changed something")
      }
    }
    model.settled(wanted.values.contents, from: errand.source, to: errand.destination, isMending: name == "dates")
    if !wrong.isEmpty { throw SoakFinding("\(wrong.joined(separator: "\n  "))\n\(ending.output)") }
  }

  /// Copies both places to fresh folders: names, bytes and dates come back, also those that a device does not keep.
  mutating func bringBack() async throws {
    for place in [one, other] {
      let back = SoakPlace(name: "back-\(place.name)", profile: nil)
      try world.world.makeFolder(back.folder)
      let errand = Errand(command: ["sync", place.location, back.location], source: place, destination: back)
      log.append("all of \(place) into a fresh folder")
      let ending = try await run(errand, nil)
      guard ending.code == 0 else { throw SoakFinding("ended with \(ending.code): \(ending.output) \(ending.errors)") }
      let (now, got) = (try image(place), try image(back))
      guard
        now.own.values.map(\.bytes).sorted(by: { $0.lexicographicallyPrecedes($1) })
          == got.own.values.map(\.bytes).sorted(by: { $0.lexicographicallyPrecedes($1) })
      else { throw SoakFinding("\(place) and \(back) hold different files") }
      for (path, file) in got.own {
        if let error = model.wrongDate(path, file, at: place) { throw SoakFinding(error) }
      }
    }
  }

  // MARK: Running

  struct Ending {
    /// As a shell sees it.
    var code: Int32
    var output: String
    var errors: String
    var isKilled: Bool { code == 137 }
    /// How many files arrived anew.
    var copied: Int

    /// Whether nothing failed, and something was left out that stands in the way of another kind, or that a copy would
    /// have had to replace.
    var isLimited: Bool {
      !output.contains(#""outcome":"failed""#)
        && [#""reason":"kindChanged""#, #""reason":"occupied""#].contains { output.contains($0) }
    }
  }

  private func devices(_ errand: Errand) -> [SoakPlace] {
    [errand.source, errand.destination].filter { $0.profile != nil }
  }

  /// Runs the program, for at most two minutes: no deadline in it is longer than half a second.
  private mutating func run(_ errand: Errand, _ trouble: SoakTrouble?) async throws -> Ending {
    log.append(errand.command.joined(separator: " ") + (trouble.map { ", \($0)" } ?? ""))
    let plugged = devices(errand).enumerated().map { index, place in
      let faults = trouble?.faults[index] ?? []
      return DeviceWorld.Device(
        profile: place.profile ?? "",
        folder: place.name,
        options: faults.flatMap { ["--fault", $0] } + ["--longest-wait", "250"]
      )
    }
    var script = "export FILESYNC_TIMEOUT=0.5\n"
    if let lines = trouble?.killedAfter {
      script += """
        exec 3< <(exec \(builtProducts)/filesync "$@")
        pid=$!
        for ((i = 0; i < \(lines); i++)); do read -r -u 3 || break; done
        kill -9 $pid 2> /dev/null
        wait $pid
        """
    } else {
      script += "exec timeout -k 1 120 \(builtProducts)/filesync \"$@\""
    }
    let command = ["/bin/bash", "-c", script, "soak"] + errand.command + ["--yes", "--json"]
    let ending = try await world.plugged(plugged, command)
    let code: Int32 =
      switch ending.status {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    log.append("  \(code)")
    return Ending(code: code, output: ending.output, errors: ending.errors, copied: ending.copied ?? 0)
  }
}
