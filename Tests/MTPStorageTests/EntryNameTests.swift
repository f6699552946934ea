import PTP
import Storage
import Testing

@testable import MTPStorage

/// What objects are called whose names no path can hold.
@Suite struct EntryNameTests {
  private func record(_ name: PTPString, _ handle: UInt32, modified: String = "", isFolder: Bool = false)
    -> ObjectRecord
  {
    ObjectRecord(
      handle: ObjectHandle(rawValue: handle),
      name: name,
      isFolder: isFolder,
      size: isFolder ? nil : 1,
      modified: modified,
      created: ""
    )
  }

  private func texts(_ records: [ObjectRecord]) -> [String] {
    EntryName.names(of: records).map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test func escapesWhatIsNoName() {
    let names: [PTPString] = [
      "a/b", ".", "..", "", "../x", PTPString(units: [0x61, 0xD83D]), PTPString(units: [0xDE00, 0xD83D, 0xDE00]),
      "a%2Fb",
      "plain", PTPString(units: [0x61, 0, 0x62]),
    ]
    let records = names.enumerated().map { record($1, UInt32($0)) }
    #expect(
      texts(records) == [
        "a%2Fb (2)", "%2E", "%2E.", "%", "..%2Fx", "a%uD83D", "%uDE00😀", "a%2Fb", "plain", "a%00b",
      ]
    )
    let own = EntryName.names(of: records).map { $0.ownName?.text }
    #expect(own[0] == "a/b" && own[3] == "" && own[7] == nil && own[8] == nil)
  }

  @Test func tellsThoseOfOneNameApartWhateverTheirHandles() {
    let records = [
      record("same.txt", 1, modified: "2"), record("same.txt", 2, modified: "1"), record("same (2).txt", 3),
      record("same.txt", 4, isFolder: true), record("SAME.txt", 5),
    ]
    let names = ["same (4).txt", "same (3).txt", "same (2).txt", "same.txt", "SAME.txt"]
    #expect(texts(records) == names)
    #expect(EntryName.names(of: records).map(\.isShared) == [true, true, false, true, false])
    var renumbered = records
    for index in records.indices { renumbered[index].handle = ObjectHandle(rawValue: UInt32(9 - index)) }
    #expect(texts(renumbered) == names)
    #expect(texts(renumbered.reversed()) == names.reversed())
  }

  @Test func thousandsOfOneNameAreQuicklyToldApart() {
    let records = (0..<2000).map { record("same", $0) }
    #expect(Set(texts(records)).count == 2000)
  }
}
