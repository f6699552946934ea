import Foundation
import Subprocess
import SystemPackage
import Testing

/// The main job on a tree that has everything in it that goes wrong: 500 files, names in many scripts, sizes around
/// packet boundaries, dates on both sides of clock changes.
@Suite(.serialized, .fewAtOnce) struct TreeTests {
  private let world: World

  init() throws { world = try World() }

  private func run(_ program: String, _ arguments: [String], zone: String = "UTC") async throws -> String {
    let environment = Environment.inherit.updating([
      "HOME": world.folder, "XDG_DATA_HOME": world.folder + "/data", "XDG_STATE_HOME": world.folder + "/state",
      "TZ": zone,
    ])
    let result = try await Subprocess.run(
      .path(FilePath(program)),
      arguments: Arguments(arguments),
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 16 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(0), "\(program) \(arguments): \(result.standardError)")
    return result.standardOutput
  }

  /// The files below a folder: their bytes, and modification dates in whole seconds.
  private func files(_ folder: String) throws -> [String: (bytes: Data, modified: Int)] {
    var files: [String: (bytes: Data, modified: Int)] = [:]
    let whole = "\(world.folder)/\(folder)"
    for path in try FileManager.default.subpathsOfDirectory(atPath: whole) {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(whole)/\(path)")
      guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
      let date = try #require(attributes[.modificationDate] as? Date)
      files[path] = (try Data(contentsOf: URL(filePath: "\(whole)/\(path)")), Int(date.timeIntervalSince1970))
    }
    return files
  }

  @Test(arguments: ["android", "umtp", "camera", "minimal"])
  func fiveHundredFiles(profile: String) async throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../lab/tree").standardized
    _ = try await run("/bin/bash", [script.path, "\(world.folder)/phone", "500"])
    let phone = try files("phone")
    #expect(phone.count == 500)
    for zone in ["America/New_York", "Asia/Kathmandu", "Europe/Berlin"] {
      let destination = "to \(zone.split(separator: "/")[1])"
      let sync = [
        "--folder", "\(world.folder)/phone", "--profile", profile, "--serial", "TREE500", "--",
        "\(builtProducts)/filesync", "sync", "mtp:", destination, "--yes", "--json",
      ]
      let first = try await run("\(builtProducts)/virtual-mtp", sync, zone: zone)
      #expect(first.contains(#""filesCopied":500"#))

      let copy = try files(destination)
      #expect(Set(copy.keys) == Set(phone.keys))
      for (path, file) in phone {
        #expect(copy[path]?.bytes == file.bytes, "bytes of \(path)")
        // A device without dates has none to keep.
        if profile != "minimal" { #expect(copy[path]?.modified == file.modified, "date of \(path) in \(zone)") }
      }

      let second = try await run("\(builtProducts)/virtual-mtp", sync, zone: zone)
      #expect(second.contains(#""filesCopied":0"#))
    }
  }

  @Test func datesStayWhenThisMachineTravels() async throws {
    try world.write("phone/young", "young", modified: Date())
    try world.write("phone/future", "future", modified: Date(timeIntervalSince1970: 4_070_908_800))
    try world.write("phone/old", "old", modified: Date(timeIntervalSince1970: 1_420_070_400))
    let phone = try files("phone").mapValues(\.modified)
    for zone in ["UTC", "Asia/Tokyo", "UTC"] {
      let sync = [
        "--folder", "\(world.folder)/phone", "--zone", "UTC", "--serial", "TRAVEL", "--", "\(builtProducts)/filesync",
        "sync", "mtp:", "to", "--yes",
      ]
      _ = try await run("\(builtProducts)/virtual-mtp", sync, zone: zone)
      #expect(try files("to").mapValues(\.modified) == phone, "in \(zone)")
    }
  }

  @Test func killedInTheMiddleOfAFile() async throws {
    try world.write("phone/a.txt", "whole")
    try world.makeFolder("to")
    // Sparse: only its way over the bus takes time.
    _ = try await run("/usr/bin/truncate", ["-s", "2G", "\(world.folder)/phone/large"])
    let script = """
      "$1"/filesync sync mtp: to --yes & pid=$!
      until [ -n "$(find to -name '.filesync-*.part' -size +0 2>/dev/null)" ]; do
        kill -0 $pid || exit 1
      done
      kill -9 $pid
      wait $pid
      [ $? = 137 ]
      """
    let phone = ["--folder", "\(world.folder)/phone", "--serial", "KILLED", "--"]
    _ = try await run("\(builtProducts)/virtual-mtp", phone + ["/bin/bash", "-c", script, "killer", builtProducts])
    #expect(!FileManager.default.fileExists(atPath: "\(world.folder)/to/large"))

    let sync = ["\(builtProducts)/filesync", "sync", "mtp:", "to", "--yes"]
    _ = try await run("\(builtProducts)/virtual-mtp", phone + sync)
    #expect(world.names("to").sorted() == ["a.txt", "large"])
    #expect(try FileManager.default.attributesOfItem(atPath: "\(world.folder)/to/large")[.size] as? Int == 2 << 30)
    #expect(try await run("\(builtProducts)/virtual-mtp", phone + sync).contains("Nothing copied; 2 files up to date."))
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/time"), "needs GNU time (package time)"))
  func sixGibibytesInLittleMemory() async throws {
    try world.makeFolder("phone")
    let large = "\(world.folder)/phone/large"
    _ = try await run("/usr/bin/truncate", ["-s", "6G", large])
    // Something at the very end, beyond 32 bits.
    _ = try await run("/bin/bash", ["-c", "printf end | dd of=\(large) bs=1 seek=6442450900 conv=notrunc"])
    let output = try await run(
      "\(builtProducts)/virtual-mtp",
      [
        "--folder", "\(world.folder)/phone", "--serial", "LARGE", "--", "/usr/bin/time", "-o", "memory", "-f", "%M",
        "\(builtProducts)/filesync", "sync", "mtp:", "to", "--yes",
      ]
    )
    #expect(output.contains("1 file copied"))
    _ = try await run("/usr/bin/cmp", [large, "\(world.folder)/to/large"])
    let kibibytes = Int(world.read("memory")?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
    #expect(try #require(kibibytes) < 64 << 10)
  }
}
