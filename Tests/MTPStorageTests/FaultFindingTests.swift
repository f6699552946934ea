import Foundation
import Journal
import LocalStorage
import MTPStorage
import PTP
import Storage
import StorageContract
import SyncEngine
import SystemPackage
import Testing
import VirtualDevice

/// What the walk through every fault has found, each by itself.
extension OnDevices {
  @Suite("Mended after the walk through every fault")
  struct FaultFindingTests {
    private static let date = Timestamp(seconds: 1_600_000_000)

    private func fault(_ text: String) throws -> Fault { try #require(Fault(text), "\(text)") }

    private static func run(from: any Storage, to: any Storage, _ state: FolderStore) throws -> SyncRun {
      SyncRun(
        from: from,
        to: to,
        journal: try Journal.open(at: state.path + "/journal.sqlite"),
        policy: SyncPolicy(),
        host: try LocalStorage.open(FilePath(state.path + "/host"), creating: true)
      )
    }

    /// Sends a file, and returns its date on the device.
    private func dateOfSent(_ rig: Rig) async throws -> Int64 {
      try await rig.withStorage { storage in
        let order = WriteOrder(
          path: .of("file"),
          size: 1,
          times: FileTimes(modified: Self.date),
          temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
        )
        let written = try await storage.write(BytesSource([1]), order, TransferControl())
        _ = try await storage.finish(written)
      }
      return Int64(try rig.store.status(of: .of("file")).st_mtim.tv_sec)
    }

    @Test("A device that refuses once to delete is not taken for one that deletes nothing")
    func refusesToDeleteOnce() async throws {
      let refusal = Fault(.respond(.invalidObjectReference), at: .operation(.deleteObject, occurrence: 1))
      let rig = try Rig(.androidLegacy, holding: [.file("file", [1], modified: Self.date)], faults: [refusal])
      try await rig.withStorage { storage in
        var order = WriteOrder(
          path: .of("file"),
          size: 2,
          times: FileTimes(modified: Self.date),
          replacing: try await storage.find(.of("file")),
          temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
        )
        await #expect(throws: StorageError.self) {
          try await storage.write(BytesSource([2, 3]), order, TransferControl())
        }
        order.temporaryName = TemporaryName.make(journal: "0badcafe", number: 2)
        let written = try await storage.write(BytesSource([2, 3]), order, TransferControl())
        _ = try await storage.finish(written)
      }
      #expect(try rig.store.contents(of: .of("file")) == [2, 3])
    }

    @Test("A device that is busy when it is asked what can be set is not taken for one where nothing can")
    func busyWhenAskedForAbilities() async throws {
      let clean = try Rig(.player)
      #expect(try await dateOfSent(clean) == Self.date.seconds)
      let count = try #require(clean.device.statistics.operations[.getObjectPropDesc])
      for number in 1...count {
        for effect in ["respond=DeviceBusy", "truncate=3"] {
          let rig = try Rig(.player, faults: [try fault("\(effect)@GetObjectPropDesc#\(number)")])
          #expect(try await dateOfSent(rig) == Self.date.seconds, "\(effect) at \(number) of \(count)")
        }
      }
    }

    @Test("A date that is refused once is set again")
    func dateRefusedOnce() async throws {
      for code in ["DeviceBusy", "InvalidDevicePropFormat", "GeneralError"] {
        let rig = try Rig(.player, faults: [try fault("respond=\(code)@SetObjectPropValue")])
        #expect(try await dateOfSent(rig) == Self.date.seconds, "\(code)")
      }
    }

    @Test("A session that dies while a date is set after the data leaves no file without its date")
    func diesWhileADateIsSet() async throws {
      for text in ["stall@SetObjectPropValue", "silence@SetObjectPropValue+4", "reconnect@SetObjectPropValue"] {
        let from = try FolderStore(holding: [.file("file", someBytes(700), modified: Self.date)])
        let state = try FolderStore()
        let rig = try Rig(.player, faults: [try fault(text)], longestWait: 500)
        try await rig.withStorage { storage in
          let run = try Self.run(from: try LocalStorage.open(FilePath(from.path)), to: storage, state)
          let plan = try await run.plan(control: TransferControl()) { _ in }
          #expect(await run.execute(plan, control: TransferControl()) { _ in } == .done, "\(text)")
        }
        #expect(try rig.store.status(of: .of("file")).st_mtim.tv_sec == Int(Self.date.seconds), "\(text)")
      }
    }

    @Test("A camera that is busy when it is asked for its clock shows no dates of this machine's zone")
    func busyWhenAskedForTheClock() async throws {
      let tree = [TreeItem.file("file", [1], modified: Self.date)]
      let zone = try #require(TimeZone(identifier: "Asia/Kathmandu"))
      for text in ["respond=DeviceBusy", "truncate=3"] {
        // libmtp does not ask for it.
        let rig = try Rig(.camera, holding: tree, zone: zone, faults: [try fault("\(text)@GetDevicePropValue")])
        try await rig.withStorage { storage in
          let file = try await storage.find(.of("file"))
          #expect(file.times.modified?.seconds == Self.date.seconds, "\(text)")
        }
        #expect((rig.device.statistics.operations[.getDevicePropValue] ?? 0) > 1)
      }
    }

    @Test("A camera that told its clock once and does not any more is still known to be in its zone")
    func refusesItsClockLater() async throws {
      let tree = [TreeItem.file("file", [1], modified: Self.date)]
      let zone = try #require(TimeZone(identifier: "Asia/Kathmandu"))
      let state = try FolderStore()
      var options = MTPOptions.impatient
      options.memory = DeviceMemory(folder: state.path)
      let rig = try Rig(.camera, holding: tree, zone: zone)
      try await rig.withStorage(options) { _ in }
      rig.device.unplug()
      let silent = try fault("respond=GeneralError@GetDevicePropValue#all")
      let later = try Rig(.camera, holding: tree, zone: zone, faults: [silent], serial: rig.serial)
      try await later.withStorage(options) { storage in
        let file = try await storage.find(.of("file"))
        #expect(file.times.modified?.seconds == Self.date.seconds)
      }
    }

    @Test("A session that dies while the folder of a run is looked for is opened again")
    func diesWhileTheFolderIsLookedFor() async throws {
      for text in ["garbage@GetObjectHandles", "reconnect@GetObjectHandles", "stall@GetStorageIDs#2"] {
        let rig = try Rig(.android, holding: [.directory("Tree"), .file("Tree/a", [1])], faults: [try fault(text)])
        try await rig.withStorage(at: .of("Tree")) { storage in
          let entries = try await storage.listAll()
          #expect(entries.map(\.path) == [.of("a")], "\(text)")
        }
      }
    }

    @Test("A device that libmtp has failed to open, and holds, is not said to be another program's")
    func heldByLibmtp() async throws {
      var options = MTPOptions.impatient
      options.comeback = 3
      let opening = try Rig(.umtp)
      try await opening.withStorage(options) { _ in }
      let described = try #require(opening.device.statistics.operations[.getDeviceInfo])
      let faults = ["reconnect@GetObject", "respond=GeneralError@GetDeviceInfo#\(described + 1)"]
      let rig = try Rig(.umtp, holding: [.file("a", [1])], faults: try faults.map(fault))
      try await rig.withStorage(options) { storage in
        let file = try await storage.find(.of("a"))
        await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: file) }
        let error = await #expect(throws: StorageError.self) { try await storage.reopen() }
        #expect(error?.reason == .deviceTimedOut, "\(String(describing: error))")
        // As if the cable were pulled, which ends the claim.
        try rig.device.replug()
        try await storage.reopen()
        #expect(try await storage.bytes(of: file) == [1])
      }
    }

    @Test("A folder that lists the folder it is in is not walked through once more, also within a run's own folder")
    func cycleThroughTheRoot() async throws {
      let tree = [TreeItem.directory("Tree"), .directory("Tree/a"), .directory("Tree/a/b"), .file("Tree/a/b/c", [1])]
      for profile in [Profile.android, .minimal] {
        let faults = try ["GetObjectHandles", "GetObjectPropList"].map { try fault("cycle@\($0)#all") }
        let rig = try Rig(profile, holding: tree, faults: faults)
        try await rig.withStorage(at: .of("Tree")) { storage in
          let found = Collector<Entry>()
          let completeness = try await storage.list(.of("a/b")) { found.append($0) }
          #expect(found.all.map(\.path) == [.of("a/b/c")])
          guard case .partial(let missing) = completeness else {
            Issue.record("the listing claims to be complete")
            return
          }
          #expect(missing == [Unlisted(name: "Tree", reason: .deviceProtocol)])
        }
      }
    }

    @Test(
      "Folders within themselves, and deeper than any path, end; what is beside them is copied",
      arguments: [0, 10_000]
    )
    func endlessTrees(_ depth: Int) async throws {
      let tree = [TreeItem.directory("a"), .directory("a/b"), .file("a/b/c", [1]), .file("z", [2])]
      let faults = depth > 0 ? [] : ["cycle@GetObjectHandles#all", "cycle@GetObjectPropList#all"]
      for profile in depth > 0 ? [Profile.android] : [.android, .minimal] {
        let (to, state) = (try FolderStore(), try FolderStore())
        let rig = try Rig(profile, holding: tree, faults: try faults.map(fault), nestedFolders: depth)
        try await rig.withStorage { storage in
          let run = try Self.run(from: storage, to: try LocalStorage.open(FilePath(to.path)), state)
          let plan = try await run.plan(control: TransferControl()) { _ in }
          #expect(await run.execute(plan, control: TransferControl()) { _ in } == .someFailed)
        }
        #expect(try to.contents(of: .of("a/b/c")) == [1] && to.contents(of: .of("z")) == [2])
      }
    }
  }
}
