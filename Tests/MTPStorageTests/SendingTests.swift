import Foundation
import MTPStorage
import PTP
import Storage
import StorageContract
import Synchronization
import Testing

@testable import VirtualDevice

extension OnDevices {
  @Suite("Sending files")
  struct SendingTests {
    private static func order(_ path: String, size: Int, modified: Int64 = 1_600_000_000) -> WriteOrder {
      WriteOrder(
        path: .of(path),
        size: UInt64(size),
        times: FileTimes(modified: Timestamp(seconds: modified)),
        temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
      )
    }

    @Test("A file takes two transactions, and a folder of them one listing", arguments: [Profile.android, .umtp])
    func transactions(_ profile: Profile) async throws {
      let rig = try Rig(profile, holding: [.directory("folder")])
      try await rig.withStorage { storage in
        _ = try await storage.listAll(.of("folder"))
        var written: [Written] = []
        let sending = try await rig.transactions {
          for number in 0..<100 {
            let bytes = someBytes(20_000 + number)
            let order = Self.order("folder/\(number).jpg", size: bytes.count)
            written.append(try await storage.write(BytesSource(bytes), order, TransferControl()))
          }
        }
        #expect(sending == [.sendObjectInfo: 100, .sendObject: 100])
        let verifying = try await rig.transactions {
          let verified = try await storage.verify(written).map { try $0.get() }
          _ = try await storage.commit(verified).map { try $0.get() }
        }
        #expect(verifying[.getObjectHandles] == 1)
        #expect(verifying.values.reduce(0, +) <= (profile.name == "android" ? 6 : 102), "\(verifying)")
      }
    }

    @Test("Replacing takes one more for the name, and never leaves neither version")
    func replacing() async throws {
      let rig = try Rig(.android, holding: [.file("file", [1, 1])])
      try await rig.withStorage { storage in
        var order = Self.order("file", size: 3)
        order.replacing = try await storage.find(.of("file"))
        let written = try await storage.write(BytesSource([2, 2, 2]), order, TransferControl())
        #expect(try rig.store.contents(of: .of("file")) == [1, 1])
        let verified = try await storage.verify([written]).map { try $0.get() }
        let costs = try await rig.transactions { _ = try await storage.commit(verified).map { try $0.get() } }
        #expect(costs[.deleteObject] == 1 && costs[.setObjectPropValue] == 1)
        #expect(try rig.store.contents(of: .of("file")) == [2, 2, 2])
        let date = try await storage.find(.of("file")).times.modified
        #expect(date == Timestamp(seconds: 1_600_000_000))
      }
    }

    @Test("Android keeps the date of what it is sent, in any zone, and the device's zone is learned from it")
    func zones() async throws {
      let rig = try Rig(.android, zone: #require(TimeZone(identifier: "Asia/Kathmandu")))
      let dates: [Int64] = [1_705_320_001, 1_721_044_800, 1_600_000_000, -86_400 * 365, 4_000_000_000]
      try await rig.withStorage { storage in
        var written: [Written] = []
        for date in dates {
          let order = Self.order("\(date)", size: 10, modified: date)
          written.append(try await storage.write(BytesSource(someBytes(10)), order, TransferControl()))
        }
        let reported = try await storage.verify(written).map { try $0.get().times.modified?.seconds }
        #expect(reported == dates)
        for date in dates {
          let attributes = try FileManager.default.attributesOfItem(atPath: "\(rig.store.path)/\(date)")
          #expect((attributes[.modificationDate] as? Date)?.timeIntervalSince1970 == Double(date))
        }
      }
    }

    @Test("A source that fails late leaves nothing, and the session goes on", arguments: [100, 5_000_000, 40_000_000])
    func failingSource(_ after: Int) async throws {
      let rig = try Rig(.android)
      try await rig.withStorage { storage in
        let source = BytesSource(someBytes(50_000_000), limit: after) { () throws(StorageError) in
          throw StorageError(.inputOutput, .nextFile, cause: "The disk is broken")
        }
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(source, Self.order("file", size: 50_000_000), TransferControl())
        }
        #expect(error?.reason == .inputOutput)
        #expect(try rig.store.names(in: .root).isEmpty)
        _ = try await storage.write(BytesSource([1]), Self.order("file", size: 1), TransferControl())
        let found = try await storage.find(.of("file"))
        #expect(found.size == 1)
        #expect(rig.device.statistics.port.resets == 0)
      }
    }

    @Test("What a device announces by itself is taken off it")
    func events() async throws {
      let rig = try Rig(.android)
      try await rig.withStorage { storage in
        for number in 0..<20 {
          _ = try await storage.write(BytesSource([1]), Self.order("\(number)", size: 1), TransferControl())
        }
        _ = try await storage.listAll()
        #expect(rig.device.statistics.port.mostEventsWaiting <= 1)
      }
    }

    @Test("What a device announces while a file is sent is taken off it at once")
    func eventsMeanwhile() async throws {
      let rig = try Rig(.android)
      let port = rig.device.port
      let news = Event(.objectInfoChanged, transactionID: 0, parameters: [1]).encoded
      try await rig.withStorage { storage in
        let reads = Counter()
        let source = BytesSource(someBytes(48 << 20), piece: 1 << 20, limit: 4 << 20) {
          // Twenty at two places: together more than are waited for at a time.
          guard [1, 30].contains(reads.next()) else { return }
          for _ in 0..<20 { port.queueEvent(news) }
        }
        _ = try await storage.write(source, Self.order("file", size: 48 << 20), TransferControl())
        #expect(rig.device.statistics.port.mostEventsWaiting == 0)
        let found = try await storage.find(.of("file"))
        #expect(found.size == 48 << 20)
      }
    }

    @Test("A file that someone else puts on the device after the listing is not written over")
    func lateFile() async throws {
      // This device would empty the file as soon as the new one is announced.
      let rig = try Rig(.umtp, holding: [.file("known", [1])])
      try await rig.withStorage { storage in
        _ = try await storage.listAll()
        try rig.store.put(.file("file", [7]))
        rig.device.port.queueEvent(Event(.objectAdded, transactionID: 0, parameters: [0x7777]).encoded)
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource([1]), Self.order("file", size: 1), TransferControl())
        }
        #expect(error?.reason == .alreadyExists)
        #expect(try rig.store.contents(of: .of("file")) == [7])
      }
    }

    @Test("What a device tells of our own files costs no new listing")
    func ownEvents() async throws {
      let rig = try Rig(.umtp)
      try await rig.withStorage { storage in
        let costs = try await rig.transactions {
          for number in 0..<5 {
            let order = Self.order("\(number)", size: 1)
            let written = try await storage.write(BytesSource([1]), order, TransferControl())
            let handle = UInt32(try #require(written.temporary.handle).value)
            for code in [EventCode.objectAdded, .objectInfoChanged] {
              rig.device.port.queueEvent(Event(code, transactionID: 0, parameters: [handle]).encoded)
            }
          }
        }
        #expect(costs[.getObjectHandles] == 1)
      }
    }

    @Test("A file that is there is not written over, also where the device would", arguments: [Profile.umtp, .android])
    func existingName(_ profile: Profile) async throws {
      let rig = try Rig(profile)
      try await rig.withStorage { storage in
        let order = Self.order("file", size: 1)
        _ = try await storage.write(BytesSource([1]), order, TransferControl())
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource([2]), order, TransferControl())
        }
        #expect(error?.reason == .alreadyExists)
        #expect(try rig.store.contents(of: .of("file")) == [1])
      }
    }
  }
}

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
