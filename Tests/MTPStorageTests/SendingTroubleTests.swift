import MTPStorage
import PTP
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("Sending to a device in trouble")
  struct SendingTroubleTests {
    private static let size = 3_000_000

    private static func order(_ name: String, size: Int = size) -> WriteOrder {
      WriteOrder(
        path: .of(name),
        size: UInt64(size),
        times: FileTimes(modified: Timestamp(seconds: 1_600_000_000)),
        temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
      )
    }

    /// The error of a send, after which the device is opened anew if it says so. Another file can be sent then, and
    /// nothing stands under the name of the first, but for what a device that went away has kept.
    private func failure(
      of fault: Fault,
      on profile: Profile,
      space: UInt64? = nil,
      size: Int = size,
      keepsPart: Bool = false
    ) async throws -> StorageError {
      let rig = try Rig(profile, faults: [fault], space: space)
      var found: StorageError?
      try await rig.withStorage { storage in
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource(someBytes(size)), Self.order("file", size: size), TransferControl())
        }
        found = error
        if error?.recovery == .reopen { try await storage.reopen() }
        if !keepsPart { #expect(try rig.store.names(in: .root).isEmpty) }
        _ = try await storage.write(BytesSource([1]), Self.order("other", size: 1), TransferControl())
        let other = try await storage.find(.of("other"))
        #expect(other.size == 1)
      }
      return try #require(found)
    }

    @Test("Every refusal has its reason, before the data and after it")
    func refusals() async throws {
      let reasons: [(ResponseCode, StorageError.Reason)] = [
        (.storeFull, .noSpace), (.storeReadOnly, .readOnly), (.accessDenied, .permissionDenied),
        (.objectTooLarge, .fileTooLarge), (.generalError, .deviceRefused), (.invalidParentObject, .notFound),
      ]
      for (code, reason) in reasons {
        let before = Fault(.respond(code), at: .operation(.sendObjectInfo, occurrence: 1))
        let early = try await failure(of: before, on: .android)
        #expect(early.reason == reason && early.code == Int32(code.rawValue), "\(code): \(early)")
        let after = Fault(.respondAfterAll(code), at: .operation(.sendObject, occurrence: 1))
        let late = try await failure(of: after, on: .android)
        #expect(late.reason == reason, "\(code): \(late)")
      }
    }

    @Test("A device that refuses in the middle of the data is understood", arguments: [0, 1, 500_000, 2_500_000])
    func refusesInTheMiddle(_ offset: UInt64) async throws {
      let fault = Fault(.respond(.generalError), at: .operation(.sendObject, occurrence: 1), offset: offset)
      let error = try await failure(of: fault, on: .android)
      #expect(error.reason == .deviceRefused, "\(error)")
    }

    @Test("A device that becomes full and halts is understood, and still there", arguments: [3_000_000, 20_000_000])
    func full(_ size: Int) async throws {
      let fault = Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000)
      let rig = try Rig(.android, faults: [fault])
      try await rig.withStorage { storage in
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource(someBytes(size)), Self.order("file", size: size), TransferControl())
        }
        #expect(error?.reason == .noSpace || error?.reason == .deviceRefused, "\(String(describing: error))")
        #expect(try rig.store.names(in: .root).isEmpty)
        let entries = try await storage.listAll()
        #expect(entries.isEmpty)
      }
    }

    @Test("A device that cuts a file without a word is found out by the listing")
    func cut() async throws {
      let fault = Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000)
      let rig = try Rig(.umtp, faults: [fault])
      try await rig.withStorage { storage in
        let written = try await storage.write(BytesSource(someBytes(Self.size)), Self.order("file"), TransferControl())
        let error = await #expect(throws: StorageError.self) {
          for result in try await storage.verify([written]) { _ = try result.get() }
        }
        #expect(error?.reason == .verificationFailed)
        try await storage.discard(written)
        #expect(try rig.store.names(in: .root).isEmpty)
      }
    }

    @Test(
      "A pulled cable, silence, a halt and a dead server end the session, and the next one works",
      arguments: [
        Fault(.reconnect, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000),
        Fault(.reconnect, at: .operation(.sendObjectInfo, occurrence: 1)),
        Fault(.silence, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000),
        Fault(.wedge, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000),
        Fault(.silence, at: .operation(.sendObjectInfo, occurrence: 1)),
        Fault(.garbage, at: .operation(.sendObject, occurrence: 1)),
      ]
    )
    func goesAway(_ fault: Fault) async throws {
      let error = try await failure(of: fault, on: .android, keepsPart: true)
      #expect(error.recovery == .reopen, "\(fault): \(error)")
    }

    @Test("A cancel in the middle leaves nothing on the device", arguments: [Profile.android, .umtp])
    func cancel(_ profile: Profile) async throws {
      let rig = try Rig(profile)
      try await rig.withStorage { storage in
        let control = TransferControl()
        let source = BytesSource(someBytes(30_000_000), limit: 12_000_000) { () throws(StorageError) in control.cancel()
        }
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(source, Self.order("file", size: 30_000_000), control)
        }
        #expect(error?.reason == .cancelled)
        #expect(try rig.store.names(in: .root).isEmpty)
        let entries = try await storage.listAll()
        #expect(entries.isEmpty)
        #expect(rig.device.statistics.port.resets == 0)
      }
    }
  }
}
