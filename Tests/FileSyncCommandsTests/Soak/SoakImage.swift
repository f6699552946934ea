import Foundation
import Storage

/// Everything in a folder of this computer, in memory. Paths are bytes: two texts that only look the same are equal strings.
struct SoakImage: Equatable {
  struct File: Equatable {
    var bytes: Data
    /// Unix time.
    var seconds: Int
    var nanoseconds: Int
  }

  private(set) var folders: Set<[UInt8]> = []
  private(set) var files: [[UInt8]: File] = [:]

  /// Empty if there is no such folder.
  init(of path: String) throws {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    for name in names {
      var status = stat()
      guard unsafe lstat("\(path)/\(name)", &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        folders.insert(Array(name.utf8))
      } else {
        files[Array(name.utf8)] = File(
          bytes: try Data(contentsOf: URL(filePath: "\(path)/\(name)")),
          seconds: status.st_mtim.tv_sec,
          nanoseconds: status.st_mtim.tv_nsec
        )
      }
    }
  }

  /// The files that are the user's: without those of ours, by their names.
  var own: [[UInt8]: File] { files.filter { !Self.isOurs($0.key) } }

  /// Versions that were replaced.
  var vault: Set<Data> { Set(files.filter { Self.isOurs($0.key) }.values.map(\.bytes)) }

  /// Files that were being written.
  var temporaries: [String] {
    files.keys.filter { path in TemporaryName.matches(path.split(separator: UInt8(ascii: "/")).last ?? []) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func isOurs(_ path: [UInt8]) -> Bool {
    path.split(separator: UInt8(ascii: "/")).contains { $0.starts(with: ".filesync-".utf8) }
  }

  /// The files and folders at the root, by name.
  var top: [String] {
    Set(
      (Array(own.keys) + folders.filter { !Self.isOurs($0) }).compactMap {
        $0.split(separator: UInt8(ascii: "/")).first
      }
    )
    .map { String(decoding: $0, as: UTF8.self) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension Sequence<SoakImage.File> {
  var contents: Set<Data> { Set(map(\.bytes)) }
}
