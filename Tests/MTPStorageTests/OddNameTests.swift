import MTPStorage
import PTP
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("Names that are none, or not those of one thing")
  struct OddNameTests {
    private static let tree: [TreeItem] = [
      .directory("d"), .file("d/x1", [1]), .file("d/x2", [2, 2]), .file("d/x3", [3]), .directory("d/x4"),
      .file("d/x4/in", [4]),
    ]
    private static let names = ["d/x1": "same", "d/x2": "same", "d/x3": "a/b", "d/x4": ".."].mapValues {
      Array($0.utf16)
    }

    private static func reason(_ body: () async throws(StorageError) -> Void) async -> StorageError.Reason? {
      do {
        try await body()
        return nil
      } catch { return error.reason }
    }

    @Test(
      "All are listed and read, and nothing is done to what a path alone could confuse",
      arguments: [Route(profile: .android, transport: .automatic), Route(profile: .player, transport: .libmtp)]
    )
    func handling(_ route: Route) async throws {
      let rig = try Rig(route.profile, holding: Self.tree, names: Self.names)
      try await rig.withStorage(route.options) { storage in
        let listed = try await storage.listAll(.of("d"))
        #expect(listed.map(\.path.text) == ["d/%2E.", "d/a%2Fb", "d/same", "d/same (2)"])
        #expect(listed.map(\.ownName?.text) == ["..", "a/b", "same", "same"])
        #expect(listed.map(\.isNameShared) == [false, false, true, true])
        #expect(try await storage.bytes(of: try await storage.find(.of("d/%2E./in"))) == [4])
        #expect(try await storage.bytes(of: listed[1]) == [3])
        #expect(try await storage.bytes(of: listed[2]) == [1])
        #expect(try await storage.bytes(of: listed[3]) == [2, 2])

        // By paths alone, and in place of another.
        for path in ["d/same", "d/same (2)"] {
          let entry = Entry(path: .of(path), kind: .file)
          #expect(
            await Self.reason { () async throws(StorageError) in try await storage.remove(entry) } == .ambiguousName
          )
          #expect(try await storage.refresh([entry])[0] != nil)
        }
        var order = WriteOrder(
          path: .of("d/same"),
          size: 1,
          times: FileTimes(),
          replacing: listed[2],
          temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
        )
        let replacing = order
        #expect(
          await Self.reason { () async throws(StorageError) in
            _ = try await storage.write(BytesSource([9]), replacing, TransferControl())
          } == .ambiguousName
        )
        order.replacing = nil
        for path in ["d/same", "d/SAME", "d/same (2)", "d/a%2Fb"] {
          order.path = .of(path)
          let new = order
          #expect(
            await Self.reason { () async throws(StorageError) in
              _ = try await storage.write(BytesSource([9]), new, TransferControl())
            } == .alreadyExists,
            "\(path)"
          )
        }

        // In another session nobody knows which of the two is which; the others are found again.
        if route.transport == .automatic {
          try rig.device.replug()
          _ = await Self.reason { () async throws(StorageError) in
            _ = try await storage.read(listed[1], from: 0, into: BytesSink(), TransferControl())
          }
          try await storage.reopen()
          let again = try await storage.refresh(listed)
          #expect(again.map { $0 != nil } == [true, true, false, false])
          #expect(try await storage.bytes(of: listed[1]) == [3])
        }

        // By what a listing of this session gave, each is removed, and only that.
        let now = try await storage.listAll(.of("d"))
        for (entry, left) in [(now[2], ["x2", "x3", "x4"]), (now[3], ["x3", "x4"]), (now[1], ["x4"])] {
          try await storage.remove(entry)
          #expect(try rig.store.names(in: .of("d")) == Set(left.map { Array($0.utf8) }), "\(entry.path)")
        }
      }
    }
  }
}
