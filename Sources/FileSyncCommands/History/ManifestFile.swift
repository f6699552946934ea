internal import Foundation
internal import Journal
internal import Storage
internal import SystemPackage

/// Writes and reads manifests, in files or through the standard streams (`-`).
struct ManifestFile {
  let typed: String
  let context: CommandContext

  var isStream: Bool { typed == "-" }

  /// No line of a manifest is longer, in bytes: paths and what devices say of themselves have bounds.
  private static let longestLine = 1 << 20
  private static let pieceSize = 64 << 10

  private var path: FilePath {
    FilePath(pathText: absolutePath(typed, from: context.workingDirectory))
  }

  // MARK: Writing

  /// Writes a manifest to a new file; if it cannot be written whole, there is none.
  /// - Returns: how many lines of each kind it has.
  func write(_ manifest: Manifest) throws(Failure) -> Manifest.LineCounts {
    if isStream {
      return try lines(of: manifest) { line throws(Errno) in context.output.line(line) }
    }
    let file: FileDescriptor
    do {
      let options: FileDescriptor.OpenOptions = [.create, .exclusiveCreate, .closeOnExec]
      file = try FileDescriptor.open(path, .writeOnly, options: options, permissions: [.ownerReadWrite])
    } catch Errno.fileExists {
      throw Failure(
        .notPossible,
        "\(shown(typed)) exists already",
        cure: "Name another file, or remove that one first. Nothing was written."
      )
    } catch { throw failure("written", error) }
    do throws(Failure) {
      return try fill(file, manifest)
    } catch {
      try? FileManager.default.removeItem(atPath: path.string)
      throw error
    }
  }

  private func fill(_ file: FileDescriptor, _ manifest: Manifest) throws(Failure) -> Manifest.LineCounts {
    var waiting: [UInt8] = []
    func flush() throws(Errno) {
      do { try file.writeAll(waiting) } catch { throw error as? Errno ?? .ioError }
      waiting = []
    }
    do {
      defer { try? file.close() }
      let counts = try lines(of: manifest) { line throws(Errno) in
        waiting += Array(line.utf8) + [UInt8(ascii: "\n")]
        if waiting.count > Self.pieceSize { try flush() }
      }
      try flush()
      guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
      return counts
    } catch let failure as Failure {
      throw failure
    } catch { throw failure("written", error) }
  }

  private func lines(
    of manifest: Manifest,
    _ write: (String) throws(Errno) -> Void
  ) throws(Failure) -> Manifest.LineCounts {
    var counts = Manifest.LineCounts()
    do throws(Errno) {
      try write(Manifest.header(Timestamp(seconds: Int64(context.now().timeIntervalSince1970))).text)
      for (number, storage) in manifest.storages.enumerated() { try write(Manifest.line(number, storage).text) }
    } catch { throw failure("written", error) }
    for file in manifest.files {
      try context.checkInterrupt()
      guard let line = file.line else { continue }
      counts.files += 1
      if file.truth.isOfFolder { counts.folders += 1 }
      do throws(Errno) { try write(line.text) } catch { throw failure("written", error) }
    }
    for name in manifest.names {
      try context.checkInterrupt()
      counts.names += 1
      do throws(Errno) { try write(name.line.text) } catch { throw failure("written", error) }
    }
    do throws(Errno) { try write(Manifest.end(counts).text) } catch { throw failure("written", error) }
    return counts
  }

  // MARK: Reading

  /// Reads a manifest, and checks every line of it.
  func read() throws(Failure) -> Manifest {
    let file: FileDescriptor
    do {
      file = isStream ? .standardInput : try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch { throw failure("read", error) }
    defer { if !isStream { try? file.close() } }
    var reader = ManifestReader(now: context.now())
    var number = 0
    var rest: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: Self.pieceSize)
    while true {
      try context.checkInterrupt()
      let count: Int
      do {
        count = unsafe try piece.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
      } catch { throw failure("read", error) }
      var lines = (rest + piece[..<count]).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      rest = Array(lines.popLast() ?? [])
      if count == 0, !rest.isEmpty { lines.append(rest[...]) }
      do throws(ManifestReader.Flaw) {
        for line in lines {
          number += 1
          try reader.take(Array(line))
        }
        guard rest.count <= Self.longestLine else {
          number += 1
          throw reader.flawOfNoLine
        }
        if count == 0 {
          try reader.finish()
          return reader.manifest
        }
      } catch {
        throw Failure(
          .notPossible,
          "\(shown(typed))\(number > 0 ? ", line \(number)" : ""): \(error.cause)",
          cure: "\(error.cure) Nothing was imported."
        )
      }
    }
  }

  private func failure(_ done: String, _ error: any Error) -> Failure {
    let cause = (error as? Errno)?.description ?? error.localizedDescription
    let advice = error as? Errno == .noSpace ? "Free some space there, or name another place." : nil
    return Failure(.notPossible, "\(shown(typed)) cannot be \(done): \(cause)", cure: advice)
  }
}
