import MTPStorage
import Storage
import StorageContract
import Synchronization
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("Sizes around packets, transfers and pieces")
  struct SizeTests {
    /// 0 to 3 MB, two bytes around whatever a packet, a header, a transfer or libmtp's buffer could make special.
    static let sizes: [Int] = {
      let corners = [
        64, 500, 512, 1012, 1024, 2048, 4096, 4608, 8192, 16_384, 32_768, 49_152, 65_024, 65_536, 1 << 20, 2 << 20,
        3 << 20,
      ]
      let around = corners.flatMap { corner in [corner - 12, corner].flatMap { ($0 - 2)...($0 + 2) } }
      return Set(around + [0, 1, 2, 11, 12, 13]).sorted()
    }()

    private static let block = someBytes((3 << 20) + 16)

    /// Bytes that begin differently for neighbouring sizes.
    private static func bytes(_ size: Int) -> [UInt8] { Array(block[(size % 7)..<(size % 7 + size)]) }

    /// Those that differ in how data goes over them: an e-reader and a watch send and take it as the least of devices
    /// does, and libmtp sends to an old Android as to a new one.
    private static let routes = Route.all.filter { route in
      ![Profile.ereader.name, Profile.garmin.name].contains(route.profile.name)
        && (route.profile.name != Profile.androidLegacy.name || route.transport == .automatic)
    }

    @Test("Every size is read whole", arguments: routes)
    func whole(_ route: Route) async throws {
      let rig = try Rig(route.profile, holding: Self.sizes.map { .file("\($0)", Self.bytes($0)) })
      try await rig.withStorage(route.options) { storage in
        let entries = try await storage.listAll()
        #expect(entries.count == Self.sizes.count)
        for entry in entries {
          let size = try #require(entry.size.map(Int.init))
          #expect(String(decoding: entry.path.name, as: UTF8.self) == "\(size)")
          let sink = ComparingSink(Self.bytes(size))
          #expect(try await storage.read(entry, from: 0, into: sink, TransferControl()) == UInt64(size))
          #expect(sink.isEqual, "\(size) bytes")
        }
      }
    }

    @Test("Every size is sent whole, listed as it is, and read back the same", arguments: routes.filter(\.isWritable))
    func sent(_ route: Route) async throws {
      // libmtp takes ten times as long for each, and the same way with every device.
      let isShort =
        route.transport == .libmtp && route.profile.name != Profile.android.name
        || route.profile.name == Profile.androidLegacy.name
      let sizes = isShort ? Self.sizes : Array(0...4096) + Self.sizes.filter { $0 > 4096 }
      let rig = try Rig(route.profile)
      try await rig.withStorage(route.options) { storage in
        for batch in sizes.chunks(of: 1000) {
          var written: [Written] = []
          for size in batch {
            let order = WriteOrder(path: .of("\(size)"), size: UInt64(size), times: FileTimes(), temporaryName: [])
            written.append(try await storage.write(BytesSource(Self.bytes(size)), order, TransferControl()))
          }
          for result in try await storage.verify(written) {
            let entry = try result.get().written.temporary
            let size = try #require(entry.size.map(Int.init))
            let sink = ComparingSink(Self.bytes(size))
            #expect(try await storage.read(entry, from: 0, into: sink, TransferControl()) == UInt64(size))
            #expect(sink.isEqual, "\(size) bytes")
          }
        }
      }
      #expect(try rig.store.names(in: .root).count == sizes.count)
    }

    /// Each takes long: in a debug build, only one size a transport is tried; the tests of a release build try all.
    private static let around4GiB: [(Int, MTPOptions.Transport)] = {
      #if DEBUG
        [(1, .automatic), (-1, .libmtp)]
      #else
        [-12, -2, -1, 0, 1, 2].map { ($0, .automatic) } + [-1, 0, 1].map { ($0, .libmtp) }
      #endif
    }()

    /// Compared is all of it as it is stored, and all of it as it is read back (over our own transactions in a debug
    /// build: the last 300 MiB). It is blocks of 64 KiB that no other is equal to, one in each 256 MiB and at the end, and
    /// nothing but zeros elsewhere, which are holes on disk.
    @Test("So is a file around 4 GiB", arguments: around4GiB)
    func fourGibibytes(_ off: Int, _ transport: MTPOptions.Transport) async throws {
      let content = SparseContent(size: (1 << 32) + off)
      let rig = try Rig(.android)
      try await rig.withStorage(transport == .libmtp ? .libmtpOnly : .impatient) { storage in
        let order = WriteOrder(path: .of("large"), size: UInt64(content.size), times: FileTimes(), temporaryName: [])
        let written = try await storage.write(SparseSource(content), order, TransferControl())
        let entry = try #require(try await storage.verify([written]).first).get().written.temporary
        #expect(entry.size == UInt64(content.size))
        #expect(try content.isStored(at: rig.store.path + "/large"))
        var start = 0
        #if DEBUG
          if transport == .automatic { start = content.size - (300 << 20) }
        #endif
        let sink = SparseSink(content, from: start)
        let count = try await storage.read(entry, from: UInt64(start), into: sink, TransferControl())
        #expect(count == UInt64(content.size - start))
        #expect(sink.isEqual)
      }
    }
  }
}

extension Array {
  fileprivate func chunks(of length: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: length).map { self[$0..<Swift.min($0 + length, count)] }
  }
}

/// Counts bytes.
final class CountingSink: ByteSink {
  private let counted = Mutex(0)
  var count: Int { counted.withLock { $0 } }
  func write(_ bytes: RawSpan) throws(StorageError) { counted.withLock { $0 += bytes.byteCount } }
}

/// Compares bytes with those that are expected.
final class ComparingSink: ByteSink {
  private let expected: [UInt8]
  private let state = Mutex((position: 0, isEqual: true))

  init(_ expected: [UInt8]) { self.expected = expected }

  var isEqual: Bool { state.withLock { $0.isEqual && $0.position == expected.count } }

  func write(_ bytes: RawSpan) throws(StorageError) {
    let received = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    state.withLock { state in
      let end = state.position + received.count
      state.isEqual = state.isEqual && end <= expected.count && Array(expected[state.position..<end]) == received
      state.position = end
    }
  }
}
