import Foundation

/// A folder that is gone with the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("filesync-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Makes a folder, and those it is in.
  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  /// Makes a file with these bytes, dated `modified` (Unix time).
  func makeFile(_ name: String, _ bytes: [UInt8] = [], modified: TimeInterval = 1_700_000_000) throws {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try setModified(name, modified)
  }

  /// Makes a file of `size` bytes without blocks on disk.
  func makeSparseFile(_ name: String, size: UInt64) throws {
    let file = path + "/" + name
    try Data().write(to: URL(fileURLWithPath: file))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.truncate(atOffset: size)
    try handle.close()
  }

  func setModified(_ name: String, _ modified: TimeInterval) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: modified)],
      ofItemAtPath: path + "/" + name
    )
  }
}
