import MTPStorage
import PTP
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("What listing and reading cost in transactions")
  struct TransactionTests {
    private static let files = (0..<50).map { TreeItem.file("folder/\($0).jpg", someBytes(1000 + $0)) }

    private func rig(_ profile: Profile) throws -> Rig {
      try Rig(profile, holding: [.directory("folder"), .file("warm-up", [1])] + Self.files)
    }

    @Test("Android: a folder of any size takes at most 6 transactions", arguments: [Profile.android, .androidLegacy])
    func android(_ profile: Profile) async throws {
      let rig = try rig(profile)
      try await rig.withStorage { storage in
        let first = try await rig.transactions { _ = try await storage.listAll(.of("folder")) }
        // The root is listed on the way to the folder.
        #expect(first.values.reduce(0, +) <= 12, "\(first)")
        let again = try await rig.transactions { _ = try await storage.listAll(.of("folder")) }
        #expect(again.values.reduce(0, +) <= 6, "\(again)")
        #expect(again[.getObjectHandles] == 1)
        #expect(again[.getObjectInfo] == nil)
      }
    }

    @Test(
      "Elsewhere: a folder of N files takes at most N + 3",
      arguments: [Profile.umtp, .ereader, .garmin, .camera, .minimal]
    )
    func others(_ profile: Profile) async throws {
      let rig = try rig(profile)
      try await rig.withStorage { storage in
        // The root is listed on the way.
        _ = try await storage.list(.root) { _ in }
        let costs = try await rig.transactions { _ = try await storage.listAll(.of("folder")) }
        #expect(costs.values.reduce(0, +) <= Self.files.count + 3, "\(costs)")
        #expect((costs[.getObjectInfo] ?? 0) + (costs[.getObjectPropList] ?? 0) >= Self.files.count)
      }
    }

    @Test("A small file takes one transaction", arguments: Profile.all)
    func smallFile(_ profile: Profile) async throws {
      let rig = try rig(profile)
      try await rig.withStorage { storage in
        let entries = try await storage.listAll(.of("folder"))
        let costs = try await rig.transactions {
          for entry in entries { _ = try await storage.bytes(of: entry) }
        }
        #expect(costs == [.getObject: Self.files.count])
      }
    }

    @Test("A large file comes in pieces, none of whose data phases ends in a full packet")
    func largeFile() async throws {
      // 96 MiB less 12: whole, its last packet would be full.
      let size = 96 << 20 - 12
      let rig = try Rig(.android, holding: [.file("large", [UInt8](repeating: 7, count: size))])
      try await rig.withStorage { storage in
        let entry = try await storage.find(.of("large"))
        let sink = CountingSink()
        let costs = try await rig.transactions {
          let count = try await storage.read(entry, from: 0, into: sink, TransferControl())
          #expect(count == UInt64(size))
        }
        #expect(sink.count == size)
        #expect(costs[.getObject] == nil)
        #expect((costs[.getPartialObject64] ?? 0) >= 4)
      }
    }

    @Test("Finding devices opens and resets none")
    func finding() async throws {
      let rig = try rig(.android)
      for _ in 0..<5 { _ = try rig.find() }
      #expect(rig.device.statistics.port.opens == 0)
      #expect(rig.device.statistics.port.resets == 0)
    }

    @Test("Opening, reading and closing resets nothing", arguments: Profile.all)
    func noReset(_ profile: Profile) async throws {
      let rig = try rig(profile)
      for _ in 0..<3 {
        try await rig.withStorage { storage in _ = try await storage.listAll(.of("folder")) }
      }
      rig.device.port.waitUntilClosed()
      #expect(rig.device.statistics.port.resets == 0)
      #expect(rig.device.statistics.port.opens == rig.device.statistics.port.closes)
      #expect(rig.device.statistics.operations[.closeSession] == 3)
    }
  }
}
