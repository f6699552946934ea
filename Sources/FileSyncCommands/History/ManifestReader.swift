internal import Foundation
internal import Journal
internal import Storage

/// Puts a manifest together from its lines, which may come from anywhere.
struct ManifestReader {
  /// What is wrong with a line.
  struct Flaw: Error {
    var cause: String
    var cure = "Export it again on the other machine, and copy the file whole."
  }

  private(set) var manifest = Manifest()
  private var numbers: [Int: Int] = [:]
  private var hasBegun = false
  private var hasEnded = false
  /// The latest time at which a run can have begun.
  private let latest: Int64

  /// What strings and paths can have at most, in bytes.
  private static let longest = 64 << 10

  init(now: Date) {
    // Clocks differ; a date from the future would win over all that are true.
    latest = Int64(now.timeIntervalSince1970) + 86_400
  }

  /// What is wrong with a line that is none.
  var flawOfNoLine: Flaw {
    hasBegun ? Flaw(cause: "It is damaged: this is no object with a type and a version") : Self.foreign
  }

  private struct Start: Decodable {
    var type: String
    var version: Int64
  }

  private struct Line: Decodable {
    struct Device: Decodable {
      var mtpSerial: String?
      var usbSerial: String?
      var vendorID: UInt16
      var model: String
      var firmware: String
    }

    var storage: Int?
    var device: Device?
    var volume: String?
    var label: String?
    var capacity: UInt64?
    var path: String?
    var pathBytes: String?
    var trueName: String?
    var trueNameBytes: String?
    var size: UInt64?
    var token: String?
    var tokenVersion: Int?
    var modified: String?
    var created: String?
    var assumedFrom: String?
    var run: String?
    var recorded: String?
    var files: Int?
    var names: Int?
  }

  /// Takes the next line.
  mutating func take(_ bytes: [UInt8]) throws(Flaw) {
    guard let start = try? JSONDecoder().decode(Start.self, from: Data(bytes)) else { throw flawOfNoLine }
    guard hasBegun || start.type == "manifest" else { throw Self.foreign }
    guard start.version == JSONLine.version else {
      throw Flaw(
        cause: "It has version \(start.version) of the format, and this FileSync knows version \(JSONLine.version)",
        cure: "Update FileSync."
      )
    }
    let line: Line
    do {
      line = try JSONDecoder().decode(Line.self, from: Data(bytes))
    } catch {
      throw Flaw(cause: "It is damaged: a field is not what it should be")
    }
    guard !hasEnded else { throw Flaw(cause: "Something follows its end") }
    switch start.type {
    case "manifest": hasBegun = true
    case "storage": try take(storage: line)
    case "file": try take(file: line)
    case "name": try take(name: line)
    case "end":
      guard line.files == manifest.files.count else {
        throw Flaw(cause: "It has \(counted(manifest.files.count, "file")), and \(line.files ?? 0) were exported")
      }
      // Before there were any, their number was not told.
      guard line.names ?? 0 == manifest.names.count else {
        throw Flaw(cause: "It has \(counted(manifest.names.count, "name")), and \(line.names ?? 0) were exported")
      }
      hasEnded = true
    // From a later FileSync, which would have raised the version if it mattered.
    default: break
    }
  }

  /// Checks that nothing is missing.
  func finish() throws(Flaw) {
    guard hasBegun else { throw Self.foreign }
    guard hasEnded else { throw Flaw(cause: "It is not whole: its last line is missing") }
  }

  private static let foreign = Flaw(
    cause: "This is no manifest of FileSync",
    cure: "Name a file that `filesync history export` has written."
  )

  private mutating func take(storage line: Line) throws(Flaw) {
    let device = try need(line.device, "device")
    let volume = try need(line.volume, "volume")
    let number = try need(line.storage, "storage")
    for text in [device.mtpSerial, device.usbSerial, device.model, device.firmware, volume, line.label] {
      guard text?.utf8.count ?? 0 <= Self.longest else { throw Flaw(cause: "Its text is too long to be true") }
    }
    manifest.storages.append(
      StorageIdentity(
        device: DeviceIdentity(
          mtpSerial: device.mtpSerial,
          usbSerial: device.usbSerial,
          vendorID: device.vendorID,
          productID: 0,
          manufacturer: "",
          model: device.model,
          firmware: device.firmware
        ),
        volume: volume,
        label: line.label,
        capacity: line.capacity,
        root: []
      )
    )
    guard numbers.updateValue(manifest.storages.count - 1, forKey: number) == nil else {
      throw Flaw(cause: "It has two storages of the number \(number)")
    }
  }

  private mutating func take(file line: Line) throws(Flaw) {
    let token = try need(line.token.flatMap { Data(base64Encoded: $0) }, "token")
    let times = FileTimes(
      modified: try line.modified.map { text throws(Flaw) in try need(DateText.parse(text), "modified") },
      created: try line.created.map { text throws(Flaw) in try need(DateText.parse(text), "created") }
    )
    guard times != FileTimes() else { throw Flaw(cause: "The file has no date") }
    manifest.files.append(
      Manifest.File(
        storage: try storage(line),
        truth: Truth(
          path: try path(line),
          size: try need(line.size, "size"),
          token: ChangeToken(bytes: Array(token), version: try need(line.tokenVersion, "tokenVersion")),
          times: times,
          assumedFrom: line.assumedFrom
        ),
        run: try run(line),
        recorded: try recorded(line)
      )
    )
  }

  private mutating func take(name line: Line) throws(Flaw) {
    let name = try bytes(line.trueName, line.trueNameBytes, "trueName")
    // It becomes the name of a file. What looks like a temporary, the next run would leave out there, or remove.
    guard RelativePath.isLegal(name: name), name.count <= Self.longest, !TemporaryName.matches(name) else {
      throw Flaw(cause: "Its \u{201C}trueName\u{201D} is none")
    }
    manifest.names.append(
      Manifest.Name(
        storage: try storage(line),
        trueName: TrueName(path: try path(line), name: name, size: line.size),
        run: try run(line),
        recorded: try recorded(line)
      )
    )
  }

  // MARK: Fields

  /// The index of the storage that a line names.
  private func storage(_ line: Line) throws(Flaw) -> Int {
    let number = try need(line.storage, "storage")
    guard let storage = numbers[number] else { throw Flaw(cause: "It has no storage of the number \(number)") }
    return storage
  }

  private func run(_ line: Line) throws(Flaw) -> UUID { try need(line.run.flatMap(UUID.init(uuidString:)), "run") }

  private func recorded(_ line: Line) throws(Flaw) -> Int64 {
    let recorded = try need(line.recorded.flatMap(DateText.parse), "recorded").seconds
    guard recorded <= latest else {
      throw Flaw(
        cause: "It was put on record in the future, by this machine's clock",
        cure: "Set the clock of this machine, or of the other one, and export again."
      )
    }
    return recorded
  }

  private func path(_ line: Line) throws(Flaw) -> RelativePath {
    let path = try need(RelativePath(try bytes(line.path, line.pathBytes, "path")), "path")
    guard !path.isRoot, path.bytes.count <= Self.longest else { throw Flaw(cause: "Its \u{201C}path\u{201D} is none") }
    return path
  }

  /// What is text if it is UTF-8, and else Base64, too.
  private func bytes(_ text: String?, _ base64: String?, _ field: String) throws(Flaw) -> [UInt8] {
    let text = try need(text, field)
    return try base64.map { base64 throws(Flaw) in
      Array(try need(Data(base64Encoded: base64), "\(field)Bytes"))
    } ?? Array(text.utf8)
  }

  private func need<Value>(_ value: Value?, _ field: String) throws(Flaw) -> Value {
    guard let value else {
      throw Flaw(cause: "Its \u{201C}\(field)\u{201D} is missing, or not what it should be")
    }
    return value
  }
}
