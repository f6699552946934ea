import Foundation
import Subprocess
import SystemPackage
import Testing

/// A folder in which the built programs run with virtual devices plugged in, over real libmtp.
struct DeviceWorld {
  let world: World
  /// Whether what devices can do is tried out before the first file. That takes transactions, which tests count, and by
  /// whose number they have faults occur.
  var probes = false

  /// A device over a folder of the world. Its serial number is the folder's name in capitals.
  struct Device {
    var profile: String
    var folder = "phone"
    /// Further options of `virtual-mtp`.
    var options: [String] = []

    var serial: String { folder.uppercased() }
    var location: String { "mtp:\(serial)" }
  }

  /// How a program ended.
  struct Ending {
    var status: TerminationStatus
    var output: String
    var errors: String

    /// The objects that `--json` printed, of one type.
    func lines(_ type: String) -> [[String: Any]] {
      output.split(separator: "\n")
        .compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        .filter { $0["type"] as? String == type }
    }

    /// One of the numbers of the whole run; of several runs the last one's.
    func count(_ name: String) -> Int? { counts?[name] as? Int }

    /// How many modification dates were `verified` and so on, without those that none was.
    var dates: [String: Int]? { (counts?["modified"] as? [String: Int])?.filter { $0.value > 0 } }

    /// How many files arrived anew.
    var copied: Int? {
      let numbers = ["filesCopied", "filesReplaced", "filesKeptBoth"].map(count)
      return numbers.contains(nil) ? nil : numbers.compactMap(\.self).reduce(0, +)
    }

    private var counts: [String: Any]? { lines("finished").last?["counts"] as? [String: Any] }
  }

  struct File: Equatable {
    var bytes: Data
    /// Unix time in seconds.
    var modified: Int
  }

  init() throws { world = try World() }

  /// Runs `filesync`.
  func filesync(_ arguments: String..., on devices: Device..., zone: String = "UTC") async throws -> Ending {
    try await plugged(devices, ["\(builtProducts)/filesync"] + arguments, zone: zone)
  }

  /// Runs a script in bash, in which `$filesync` is the program.
  func bash(_ script: String, _ arguments: String..., on devices: Device..., zone: String = "UTC") async throws
    -> Ending
  {
    try await bash(script, arguments, on: devices, zone: zone)
  }

  func bash(_ script: String, _ arguments: [String], on devices: [Device], zone: String = "UTC") async throws -> Ending
  {
    let start = "filesync=\(builtProducts)/filesync\n"
    return try await plugged(devices, ["/bin/bash", "-c", start + script, "script"] + arguments, zone: zone)
  }

  /// Runs any program with devices plugged in.
  func plugged(_ devices: [Device], _ command: [String], zone: String = "UTC") async throws -> Ending {
    let options = devices.flatMap { device in
      ["--folder", "\(world.folder)/\(device.folder)", "--profile", device.profile, "--serial", device.serial]
        + device.options
    }
    let program = devices.isEmpty ? command : ["\(builtProducts)/virtual-mtp"] + options + ["--"] + command
    let result = try await Subprocess.run(
      .path(FilePath(program[0])),
      arguments: Arguments(Array(program.dropFirst())),
      environment: .inherit.updating([
        "HOME": world.folder, "XDG_DATA_HOME": world.folder + "/data", "XDG_STATE_HOME": world.folder + "/state",
        "XDG_CONFIG_HOME": world.folder + "/config", "TZ": zone, "FILESYNC_PROBE": probes ? nil : "no",
      ]),
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 32 << 20),
      error: .string(limit: 1 << 20)
    )
    return Ending(
      status: result.terminationStatus,
      output: result.standardOutput,
      errors: result.standardError
    )
  }

  /// Makes files with `lab/tree`.
  func makeTree(_ folder: String, count: Int, only names: String = "portable") async throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../lab/tree").standardized
    let made = try await plugged([], ["/bin/bash", script.path, "\(world.folder)/\(folder)", "\(count)", names])
    try #require(made.status == .exited(0), "\(made.errors)")
    try #require(try files(folder).count == count)
  }

  /// The files in a folder and below, as they are on disk.
  func files(_ folder: String) throws -> [String: File] {
    var files: [String: File] = [:]
    let whole = "\(world.folder)/\(folder)"
    for path in (try? FileManager.default.subpathsOfDirectory(atPath: whole)) ?? [] {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(whole)/\(path)")
      guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
      let date = try #require(attributes[.modificationDate] as? Date)
      files[path] = File(
        bytes: try Data(contentsOf: URL(filePath: "\(whole)/\(path)")),
        modified: Int(date.timeIntervalSince1970.rounded(.down))
      )
    }
    return files
  }

  /// Whether two folders hold the same files; says which differ.
  func expectSame(
    _ folder: String,
    _ other: String,
    dates: Bool = true,
    _ when: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (files, others) = (try files(folder), try self.files(other))
    let names = Set(files.keys).symmetricDifference(others.keys).sorted()
    #expect(names.isEmpty, "in one of \(folder) and \(other) \(when)", sourceLocation: sourceLocation)
    for (path, file) in files {
      guard let twin = others[path] else { continue }
      #expect(file.bytes == twin.bytes, "bytes of \(path) in \(other) \(when)", sourceLocation: sourceLocation)
      if dates {
        #expect(file.modified == twin.modified, "date of \(path) in \(other) \(when)", sourceLocation: sourceLocation)
      }
    }
  }
}
