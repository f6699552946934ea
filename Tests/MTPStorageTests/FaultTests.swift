import Glibc
import MTPStorage
import PTP
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("Devices that vanish, stall, or answer nonsense")
  struct FaultTests {
    private static let tree = [
      TreeItem.directory("folder"), .file("folder/a", someBytes(300_000, seed: 3)), .file("folder/b", someBytes(10)),
    ]

    struct Case: Sendable, CustomStringConvertible {
      var fault: String
      var reasons: Set<StorageError.Reason>
      var description: String { fault }
    }

    @Test(
      "A read that fails ends the session, and after reopening the file is read whole",
      arguments: [
        Case(fault: "reconnect@GetObject+100000", reasons: [.deviceLost]),
        Case(fault: "reconnect@GetObject", reasons: [.deviceLost]),
        Case(fault: "silence@GetObject", reasons: [.deviceTimedOut]),
        Case(fault: "silence@GetObject+65536", reasons: [.deviceTimedOut]),
        Case(fault: "garbage@GetObject", reasons: [.deviceProtocol]),
      ]
    )
    func reading(_ fault: Case) async throws {
      let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault(fault.fault))])
      try await rig.withStorage { storage in
        let entry = try await storage.find(.of("folder/a"))
        let error = await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: entry) }
        #expect(fault.reasons.contains(try #require(error?.reason)))
        #expect(error?.recovery == .reopen)
        #expect(error?.path == entry.path)
        try await storage.reopen()
        // The handle of the old session is void: the file is found again by its path.
        #expect(try await storage.bytes(of: entry) == someBytes(300_000, seed: 3))
      }
    }

    @Test(
      "Faults after which the session is in step, or dead, but never out of step",
      arguments: ["stall", "wrong-id"]
    )
    func neverOutOfStep(_ effect: String) async throws {
      let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault("\(effect)@GetObject"))])
      try await rig.withStorage { storage in
        let a = try await storage.find(.of("folder/a"))
        let b = try await storage.find(.of("folder/b"))
        let error = await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: a) }
        if error?.recovery == .reopen { try await storage.reopen() }
        #expect(try await storage.bytes(of: b) == someBytes(10))
        #expect(try await storage.bytes(of: a) == someBytes(300_000, seed: 3))
      }
    }

    @Test("A refusal concerns one file only")
    func refusal() async throws {
      let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault("respond=AccessDenied@GetObject"))])
      try await rig.withStorage { storage in
        let a = try await storage.find(.of("folder/a"))
        let error = await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: a) }
        #expect(error?.reason == .permissionDenied)
        #expect(error?.recovery == .nextFile)
        #expect(error?.code == 0x200F)
        #expect(try await storage.bytes(of: a) == someBytes(300_000, seed: 3))
      }
    }

    @Test(
      "Data that ends early is counted as short, not taken for whole",
      arguments: ["truncate=1", "truncate=100000"]
    )
    func truncated(_ effect: String) async throws {
      let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault("\(effect)@GetObject"))])
      try await rig.withStorage { storage in
        let a = try await storage.find(.of("folder/a"))
        let sink = CountingSink()
        do throws(StorageError) {
          let count = try await storage.read(a, from: 0, into: sink, TransferControl())
          #expect(count < 300_000)
          #expect(count == UInt64(sink.count))
        } catch { #expect(error.recovery == .reopen) }
      }
    }

    @Test("Data of whole packets without the zero-length packet is not lengthened by the response")
    func noZeroLengthPacket() async throws {
      let bytes = someBytes(1024 - 12)
      let rig = try Rig(
        .android,
        holding: [.file("full", bytes), .file("next", [1])],
        faults: [try #require(Fault("no-zlp@GetObject"))]
      )
      try await rig.withStorage { storage in
        let first = try await storage.find(.of("full"))
        #expect(try await storage.bytes(of: first) == bytes)
        let second = try await storage.find(.of("next"))
        #expect(try await storage.bytes(of: second) == [1])
      }
    }

    @Test("A listing that loses the device throws, and is never taken for an empty folder")
    func listing() async throws {
      for operation in ["GetObjectHandles#1", "GetObjectHandles#2", "GetObjectPropList#1", "GetObjectPropList#7"] {
        let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault("unplug@\(operation)"))])
        try await rig.withStorage { storage in
          let error = await #expect(throws: StorageError.self) {
            _ = try await storage.listAll()
            _ = try await storage.listAll(.of("folder"))
          }
          #expect(error?.reason == .deviceLost)
        }
      }
    }

    @Test("An object that the device will not describe makes the listing partial")
    func unreadable() async throws {
      let fault = try #require(Fault("respond=GeneralError@GetObjectInfo#2"))
      let rig = try Rig(.minimal, holding: [.file("a", [1]), .file("b", [2]), .file("c", [3])], faults: [fault])
      try await rig.withStorage { storage in
        let found = Collector<Entry>()
        let completeness = try await storage.list(.root) { found.append($0) }
        #expect(found.all.count == 2)
        guard case .partial(let missing) = completeness else {
          Issue.record("the listing claims to be complete")
          return
        }
        #expect(missing.map(\.reason) == [.deviceRefused])
      }
    }

    @Test("A device that stays away is said to be unplugged")
    func away() async throws {
      var options = MTPOptions.impatient
      options.comeback = 0
      let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault("unplug@GetObject+1000"))])
      try await rig.withStorage(options) { storage in
        let a = try await storage.find(.of("folder/a"))
        await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: a) }
        let error = await #expect(throws: StorageError.self) { try await storage.reopen() }
        #expect(error?.reason == .deviceLost)
        #expect(error?.recovery == .waitForUser(.plugIn))
      }
    }

    @Test("A device that stays away is waited for once, and taken when it is there again")
    func waitedForOnce() async throws {
      let pauses = Collector<Duration>()
      var options = MTPOptions.impatient
      options.comeback = 0.5
      options.pause = { duration in
        pauses.append([duration])
        try? await Task.sleep(for: duration)
      }
      let rig = try Rig(.android, holding: Self.tree)
      try await rig.withStorage(options) { storage in
        for _ in 1...2 {
          rig.device.unplug()
          await #expect(throws: StorageError.self) { try await storage.listAll() }
          let first = await #expect(throws: StorageError.self) { try await storage.reopen() }
          #expect(first?.recovery == .waitForUser(.plugIn))
          let count = pauses.all.count
          #expect(count > 0)
          await #expect(throws: StorageError.self) { try await storage.reopen() }
          await #expect(throws: StorageError.self) { try await storage.listAll() }
          #expect(pauses.all.count == count)
          try rig.device.replug()
          try await storage.reopen()
          #expect(try await storage.listAll(.of("folder")).count == 2)
        }
      }
    }

    @Test("Sizes beyond 32 bits are listed whole", arguments: [Profile.android, .umtp])
    func sizesBeyond32Bits(_ profile: Profile) async throws {
      for more in [0, 1, 2 << 30] {
        let rig = try Rig(profile, holding: [.file("large", [])])
        #expect(unsafe truncate(rig.store.absolute(.of("large")), (4 << 30) + more) == 0)
        try await rig.withStorage { storage in
          let large = try await storage.find(.of("large"))
          #expect(large.size == UInt64(4 << 30 + more))
        }
      }
    }

    @Test(
      "A file that is longer than its listing is refused, not copied in part",
      arguments: [(80 << 20, 40 << 20), (80 << 20, 80 << 20), (2000, 1000)]
    )
    func longerThanListed(_ size: Int, _ off: Int) async throws {
      let faults = ["respond=OperationNotSupported@GetObjectPropList#all", "size=-\(off)@GetObjectInfo#all"]
      let rig = try Rig(.android, holding: [.file("a", [])], faults: try faults.map { try #require(Fault($0)) })
      #expect(unsafe truncate(rig.store.absolute(.of("a")), size) == 0)
      try await rig.withStorage { storage in
        let listed = try await storage.find(.of("a"))
        #expect(listed.size == UInt64(size - off))
        do throws(StorageError) {
          let count = try await storage.read(listed, from: 0, into: CountingSink(), TransferControl())
          // More than was listed: the caller puts no such file in place.
          #expect(count > UInt64(size - off))
        } catch {
          #expect(error.reason == .wrongLength)
          #expect(error.recovery == .nextFile)
        }
      }
    }

    @Test("A cancel does not wait for a silent device")
    func cancelledInSilence() async throws {
      var options = MTPOptions.impatient
      options.firstByte = 3600
      let rig = try Rig(.android, holding: Self.tree, faults: [try #require(Fault("silence@GetObject"))])
      try await rig.withStorage(options) { storage in
        let a = try await storage.find(.of("folder/a"))
        let control = TransferControl()
        async let canceller: Void = { control.cancel() }()
        let error = await #expect(throws: StorageError.self) {
          _ = try await storage.read(a, from: 0, into: CountingSink(), control)
        }
        await canceller
        #expect(error?.reason == .cancelled)
      }
    }

    @Test("A cancelled read leaves the session usable")
    func cancelled() async throws {
      let rig = try Rig(.android, holding: [.file("a", someBytes(3 << 20)), .file("b", someBytes(10))])
      try await rig.withStorage { storage in
        let a = try await storage.find(.of("a"))
        let control = TransferControl()
        let sink = BytesSink(limit: 1) { control.cancel() }
        let error = await #expect(throws: StorageError.self) {
          _ = try await storage.read(a, from: 0, into: sink, control)
        }
        #expect(error?.reason == .cancelled)
        let third = try await storage.find(.of("b"))
        #expect(try await storage.bytes(of: third) == someBytes(10))
      }
      #expect(rig.device.statistics.port.controlRequests[0x64] == nil)
    }
  }
}
