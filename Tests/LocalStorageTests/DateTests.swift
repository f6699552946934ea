import Foundation
import Glibc
import LocalStorage
import Storage
import StorageContract
import Testing

@testable import LocalStorage

@Suite struct DateTests {
  private let folder: FolderStore
  private let storage: LocalStorage

  init() throws {
    folder = try FolderStore()
    storage = try folder.open()
  }

  private func write(_ times: FileTimes) async throws -> Entry {
    var order = order("file", size: 1)
    order.times = times
    return try await storage.finish(try await storage.write(BytesSource([1]), order, TransferControl()))
  }

  /// Before 1970, in the last second of 32 bits and after it, and far ahead.
  @Test(arguments: [
    Timestamp(seconds: -1, nanoseconds: 999_999_999), Timestamp(seconds: 0, nanoseconds: 1),
    Timestamp(seconds: 2_147_483_647, nanoseconds: 123_456_789), Timestamp(seconds: 5_000_000_000, nanoseconds: 5),
  ])
  func everyNanosecondIsKept(_ date: Timestamp) async throws {
    let entry = try await write(FileTimes(modified: date))
    #expect(entry.times.modified == date)
    let status = try folder.status(of: .of("file"))
    #expect(Timestamp(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: UInt32(status.st_mtim.tv_nsec)) == date)
    #expect(try await storage.find(.of("file")).times.modified == date)
  }

  /// Writes two bytes into a file, as an editor does.
  private func edit(_ path: String) throws { try Data([1, 2]).write(to: URL(filePath: "\(folder.path)/\(path)")) }

  @Test func withoutADateTheFileIsNew() async throws {
    let before = time(nil)
    let entry = try await write(FileTimes())
    let modified = try #require(entry.times.modified)
    #expect(modified.seconds >= Int64(before) - 1)
  }

  @Test func aCreationDateComesBack() async throws {
    try #require(storage.creationDates != nil, "the file system for temporary files keeps no attributes")
    let created = Timestamp(seconds: -86_400, nanoseconds: 7)
    let entry = try await write(FileTimes(modified: .someday, created: created))
    #expect(entry.times == FileTimes(modified: .someday, created: created))
    #expect(try await storage.find(.of("file")).times.created == created)
    #expect(try await storage.refresh([entry]) == [entry])
    let later = try await storage.setTimes(FileTimes(created: .someday), of: entry)
    #expect(later.times == FileTimes(modified: .someday, created: .someday))
  }

  @Test func theFileSystemsOwnCountsForWhatIsNoCopy() async throws {
    try #require(storage.traits.times.created.precision != nil, "the file system for temporary files has none")
    // As an editor makes it, and as `cp -a` leaves it.
    let before = Int64(time(nil)) - 1
    try edit("own")
    _ = try await storage.createDirectory(.of("own folder"))
    try edit("own folder/file")
    for path in ["own", "own folder"] {
      let own = try await storage.find(.of(path))
      #expect(try #require(own.times.created).seconds >= before)
      #expect(try await storage.setTimes(FileTimes(modified: .someday), of: own).times.created == nil)
    }
    #expect(try await storage.find(.of("own")).times == FileTimes(modified: .someday))
  }

  @Test func ofACopyWithoutOneTheMomentOfTheCopyIsNotToldWhateverBecomesOfIt() async throws {
    try #require(storage.creationDates != nil, "the file system for temporary files keeps no attributes")
    #expect(try await write(FileTimes()).times.created == nil)
    // What is written into the copy later does not make it an original.
    try edit("file")
    let edited = try await storage.find(.of("file"))
    #expect(edited.times.created == nil && edited.size == 2)
    let made = try await storage.createDirectory(.of("folder"))
    #expect(made.times.created != nil)
    await storage.disownCreationDate(of: made)
    #expect(try await storage.find(.of("folder")).times.created == nil)
    let dated = try await storage.setTimes(FileTimes(modified: .someday, created: .someday), of: made)
    #expect(dated.times == FileTimes(modified: .someday, created: .someday))
  }

  @Test(arguments: [
    Timestamp(seconds: 0), Timestamp(seconds: -5, nanoseconds: 1), Timestamp(seconds: .max, nanoseconds: 999_999_999),
  ])
  func theTextOfACreationDateIsReadBack(_ date: Timestamp) {
    #expect(CreationDate.ours.encode(date).flatMap(CreationDate.ours.decode) == date)
  }

  @Test(arguments: ["", ".", "1", "1.", "1.5", "1.0000000000", "x.000000000", "1.-00000001", "1.000000000\0"])
  func textThatIsNoCreationDateIsIgnored(_ text: String) { #expect(CreationDate.ours.decode(Array(text.utf8)) == nil) }
}
