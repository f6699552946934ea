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

    @Test("After a halt in the middle of the data nothing of it is on its way", arguments: [65_524, 3_000_000])
    func haltsInTheMiddle(_ size: Int) async throws {
      let fault = Fault(.stall, at: .operation(.sendObject, occurrence: 1), offset: 30_000)
      let rig = try Rig(.android, faults: [fault])
      try await rig.withStorage { storage in
        await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource(someBytes(size)), Self.order("file", size: size), TransferControl())
        }
        // A transfer that was forgotten in flight would be filled once its turn comes.
        for number in 1...4 {
          let order = Self.order("other \(number)", size: size)
          _ = try await storage.write(BytesSource(someBytes(size)), order, TransferControl())
        }
        let entries = try await storage.listAll()
        #expect(entries.allSatisfy { $0.size == UInt64(size) } && entries.count == 4)
      }
    }

    @Test("A device that becomes full and halts is understood, and still there", arguments: [3_000_000, 20_000_000])
    func full(_ size: Int) async throws {
      let fault = Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000)
      let rig = try Rig(.android, faults: [fault])
      try await rig.withStorage { storage in
        let error = await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource(someBytes(size)), Self.order("file", size: size), TransferControl())
        }
        #expect(error?.reason == .noSpace, "\(String(describing: error))")
        #expect(try rig.store.names(in: .root).isEmpty)
        let entries = try await storage.listAll()
        #expect(entries.isEmpty)
      }
    }

    @Test("A device that is full and cuts a file without a word is found out by the listing")
    func cut() async throws {
      let fault = Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 1_000_000)
      let rig = try Rig(.umtp, faults: [fault])
      try await rig.withStorage { storage in
        let written = try await storage.write(BytesSource(someBytes(Self.size)), Self.order("file"), TransferControl())
        let error = await #expect(throws: StorageError.self) {
          for result in try await storage.verify([written]) { _ = try result.get() }
        }
        #expect(error?.reason == .noSpace)
        try await storage.discard(written)
        #expect(try rig.store.names(in: .root).isEmpty)
      }
    }

    @Test(
      "A pulled cable, silence, a halt and a dead server end the session, and the next one works",
      arguments: [
        Fault(.reconnect(.newAddress), at: .operation(.sendObject, occurrence: 1), offset: 1_000_000),
        Fault(.reconnect(.newAddress), at: .operation(.sendObjectInfo, occurrence: 1)),
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

    @Test(
      "A source that fails leaves the part of a large file, to go on with; one that is another file by then does not"
    )
    func failingSource() async throws {
      let rig = try Rig(.android)
      let bytes = someBytes(40_000_000)
      try await rig.withStorage { storage in
        for (reason, stays) in [(StorageError.Reason.inputOutput, true), (.changed, false)] {
          var order = Self.order("file", size: 40_000_000)
          order.keepsPart = true
          let source = BytesSource(bytes, limit: 38_000_000) { () throws(StorageError) in
            throw StorageError(reason, .nextFile, cause: "It cannot be read")
          }
          await #expect(throws: StorageError.self) { try await storage.write(source, order, TransferControl()) }
          let part = try await storage.listAll().first
          #expect((part?.size ?? 0 > 0) == stays, "\(reason)")
          if let part { try await storage.remove(part) }
        }
      }
    }

    // MARK: Replacing

    /// Replaces `file` (1, 1 by 2, 2, 2) with a fault in the middle, and returns what is on the device then.
    private func replaced(_ profile: Profile, _ fault: Fault, keepsOld: Bool) async throws -> [RelativePath: [UInt8]] {
      let rig = try Rig(profile, holding: [.file("file", [1, 1]), .file("other", [9])], faults: [fault])
      try await rig.withStorage { storage in
        var order = Self.order("file", size: 3)
        order.replacing = try await storage.find(.of("file"))
        if keepsOld { order.keepOldAs = .of("vault/file") }
        await #expect(throws: StorageError.self) {
          let written = try await storage.write(BytesSource([2, 2, 2]), order, TransferControl())
          let verified = try await storage.verify([written]).map { try $0.get() }
          for result in try await storage.commit(verified) { _ = try result.get() }
        }
      }
      #expect(try rig.store.contents(of: .of("other")) == [9])
      var found: [RelativePath: [UInt8]] = [:]
      for path in ["file", "vault/file", ".filesync-0badcafe-1.part"] {
        found[.of(path)] = try rig.store.contents(of: .of(path))
      }
      return found
    }

    @Test(
      "The cable pulled, or a refusal, at any step of replacing leaves a whole version on the device",
      arguments: [OperationCode.sendObjectInfo, .sendObject, .moveObject, .deleteObject, .setObjectPropValue],
      [Fault.Effect.reconnect(.newAddress), .respond(.generalError), .respondAfterAll(.generalError)]
    )
    func replacing(_ operation: OperationCode, _ effect: Fault.Effect) async throws {
      for (profile, keepsOld) in [(Profile.android, true), (.android, false), (.umtp, false)] {
        let isUsed = [.sendObjectInfo, .sendObject, .setObjectPropValue, keepsOld ? .moveObject : .deleteObject]
          .contains(operation)
        guard isUsed else { continue }
        let fault = Fault(effect, at: .operation(operation, occurrence: 1))
        let found = try await replaced(profile, fault, keepsOld: keepsOld)
        let whole: [[UInt8]] = [[1, 1], [2, 2, 2]]
        #expect(found.values.contains(where: whole.contains), "\(profile.name), \(operation), \(effect): \(found)")
        // Where the old one could be moved back, its place is not left empty; but a device may move and deny it.
        let deniesMove = operation == .moveObject && effect == .respondAfterAll(.generalError)
        if keepsOld, effect != .reconnect(.newAddress), !deniesMove {
          #expect(found[.of("file")].map(whole.contains) == true, "\(found)")
        }
      }
    }

    @Test("A handle that means every object is taken for none")
    func allObjects() async throws {
      let rig = try Rig(.umtp, holding: [.directory("folder"), .file("file", [1])])
      try await rig.withStorage { storage in
        _ = try await storage.listAll(.of("folder"))
        // The device answers OK with 0xFFFFFFFF, as the real one does when the folder is gone.
        try rig.store.remove(.of("folder"))
        await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource([1]), Self.order("folder/file", size: 1), TransferControl())
        }
        await #expect(throws: StorageError.self) { try await storage.createDirectory(.of("folder/inner")) }
        #expect(try rig.store.names(in: .root) == [Array("file".utf8)])
      }
    }

    @Test("A device that deletes nothing gets new files, and nothing in place of another: an empty file finds it out")
    func deletesNothing() async throws {
      let rig = try Rig(.garmin, holding: [.file("file", [1])])
      let temporary = RelativePath.of(".filesync-0badcafe-1.part")
      try await rig.withStorage { storage in
        var order = Self.order("file", size: 1)
        order.replacing = try await storage.find(.of("file"))
        #expect(!storage.traits.deletesNothing)
        let first = await #expect(throws: StorageError.self) {
          _ = try await storage.write(BytesSource([2]), order, TransferControl())
        }
        #expect(first?.reason == .deletionRefused)
        #expect(try rig.store.contents(of: temporary) == [])
        let costs = try await rig.transactions {
          let second = await #expect(throws: StorageError.self) {
            _ = try await storage.write(BytesSource([3]), order, TransferControl())
          }
          #expect(second?.reason == .deletionRefused)
        }
        #expect(costs[.sendObjectInfo] == nil)
      }
      // The next run looks first for what the last one left.
      try await rig.withStorage { storage in
        var order = Self.order("file", size: 1)
        order.replacing = try await storage.find(.of("file"))
        let left = try await storage.find(temporary)
        await #expect(throws: StorageError.self) { try await storage.remove(left) }
        await #expect(throws: StorageError.self) {
          _ = try await storage.write(BytesSource([3]), order, TransferControl())
        }
        _ = try await storage.put([4], at: .of("new"))
      }
      #expect(try rig.store.contents(of: .of("file")) == [1] && rig.store.contents(of: .of("new")) == [4])
      #expect(try rig.store.names(in: .root).count == 3)
    }

    @Test("What somebody made larger meanwhile is not discarded")
    func discardsOnlyOurs() async throws {
      let rig = try Rig(.android)
      try await rig.withStorage { storage in
        let written = try await storage.write(BytesSource([1]), Self.order("file", size: 1), TransferControl())
        try rig.store.put(.file("file", [7, 7, 7]))
        let error = await #expect(throws: StorageError.self) { try await storage.discard(written) }
        #expect(error?.reason == .changed)
        #expect(try rig.store.contents(of: .of("file")) == [7, 7, 7])
      }
    }

    @Test("After a cancel that the device missed, it is asked whether it takes data, and works again")
    func cancelledInSilence() async throws {
      let fault = Fault(.silence, at: .operation(.getObject, occurrence: 1), offset: 100_000)
      let rig = try Rig(.android, holding: [.file("file", someBytes(1_000_000))], faults: [fault])
      try await rig.withStorage { storage in
        let file = try await storage.find(.of("file"))
        let control = TransferControl()
        let sink = CancellingSink(control)
        await #expect(throws: StorageError.self) { _ = try await storage.read(file, from: 0, into: sink, control) }
        try await storage.reopen()
        let costs = try await rig.transactions {
          _ = try await storage.write(BytesSource([1]), Self.order("new", size: 1), TransferControl())
        }
        #expect(costs[.sendObject] == 1)
        #expect(try rig.store.contents(of: .of("new")) == [1])
      }
    }
  }
}

/// Cancels with the first bytes.
private struct CancellingSink: ByteSink {
  let control: TransferControl
  init(_ control: TransferControl) { self.control = control }
  func write(_ bytes: RawSpan) throws(StorageError) { control.cancel() }
}
