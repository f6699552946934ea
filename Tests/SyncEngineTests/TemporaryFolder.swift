import Foundation
import LocalStorage
import Storage
import SystemPackage

@testable import Journal
@testable import SyncEngine

/// A folder of its own for one test, removed with the object.
final class TemporaryFolder: Sendable {
  let url: URL

  /// In memory where that can be, for the many runs of a test that is not about disks.
  init(inMemory: Bool = false) throws {
    let memory = "/dev/shm"
    let place =
      inMemory && FileManager.default.isWritableFile(atPath: memory)
      ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
    url = place.appending(path: "filesync-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A folder below, made if it is absent, as a storage.
  func storage(_ name: String) throws -> LocalStorage {
    try LocalStorage.open(FilePath(url.appending(path: name).path), creating: true)
  }

  func journal() throws -> Journal { try Journal.open(at: url.appending(path: "journal.sqlite").path) }

  func write(_ path: String, _ contents: String, modified: Double = 1_600_000_000) throws {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(contents.utf8).write(to: file)
    try setDate(path, modified)
  }

  func setDate(_ path: String, _ modified: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: modified)],
      ofItemAtPath: url.appending(path: path).path
    )
  }

  func link(_ path: String, to target: String) throws {
    let link = url.appending(path: path)
    try FileManager.default.createDirectory(at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: target)
  }

  func target(of path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: url.appending(path: path).path)
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(at: url.appending(path: path)) }

  func read(_ path: String) -> String? {
    FileManager.default.contents(atPath: url.appending(path: path).path).map { String(decoding: $0, as: UTF8.self) }
  }

  func date(_ path: String) -> Double? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.appending(path: path).path)
    return (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970
  }

  /// Everything below `name`, hidden names included, sorted.
  func names(in name: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: url.appending(path: name).path).sorted()
  }
}
