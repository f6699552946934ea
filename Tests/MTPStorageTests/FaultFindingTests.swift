import CLibMTP
import Foundation
import Journal
import LocalStorage
import PTP
import Storage
import StorageContract
import SyncEngine
import SystemPackage
import Testing

@testable import MTPStorage
@testable import VirtualDevice

/// What the walk through every fault has found, each by itself.
extension OnDevices {
  @Suite("Mended after the walk through every fault")
  struct FaultFindingTests {
    private static let date = Timestamp(seconds: 1_600_000_000)

    private func fault(_ text: String) throws -> Fault { try #require(Fault(text), "\(text)") }

    private static func run(
      from: any Storage,
      to: any Storage,
      _ state: FolderStore,
      _ policy: SyncPolicy = SyncPolicy()
    ) throws -> SyncRun {
      SyncRun(
        from: from,
        to: to,
        journal: try Journal.open(at: state.path + "/journal.sqlite"),
        policy: policy,
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

    @Test("A device that says once that it may not delete is asked again before it is believed")
    func mayNotDeleteOnce() async throws {
      for text in ["respond=AccessDenied@DeleteObject", "respond-after=AccessDenied@DeleteObject"] {
        let tree = [TreeItem.file("file", [1], modified: Self.date)]
        let rig = try Rig(.androidLegacy, holding: tree, faults: [try fault(text)])
        let (from, state) = (try FolderStore(), try FolderStore())
        try from.put(.file("file", [2, 3], modified: Self.date))
        try await rig.withStorage { storage in
          try await Self.replace(from, on: storage, state, endsAs: .done)
        }
        #expect(try rig.store.contents(of: .of("file")) == [2, 3], "\(text)")
      }
    }

    @Test("A device that always says that it may not delete, and deletes, has its files replaced")
    func deletesAndDeniesIt() async throws {
      let tree = [TreeItem.file("file", [1], modified: Self.date)]
      let denial = try fault("respond-after=AccessDenied@DeleteObject#all")
      let rig = try Rig(.androidLegacy, holding: tree, faults: [denial])
      let (from, state) = (try FolderStore(), try FolderStore())
      try from.put(.file("file", [2, 3], modified: Self.date))
      try await rig.withStorage { storage in
        try await Self.replace(from, on: storage, state, endsAs: .done)
      }
      #expect(try rig.store.contents(of: .of("file")) == [2, 3])
      #expect(try rig.store.names(in: .root).count == 1)
    }

    @Test("A device that deleted nothing, and does now, is found out by the run after")
    func deletesLater() async throws {
      let tree = [TreeItem.file("file", [1], modified: Self.date)]
      let never = try Rig(.androidLegacy, holding: tree, faults: [try fault("respond=AccessDenied@DeleteObject#all")])
      let (from, state) = (try FolderStore(), try FolderStore())
      try from.put(.file("file", [2, 3], modified: Self.date))
      var options = MTPOptions.impatient
      options.memory = DeviceMemory(folder: state.path)
      for _ in 1...2 {
        try await never.withStorage(options) { try await Self.replace(from, on: $0, state, endsAs: .someFailed) }
      }
      never.device.unplug()
      #expect(try never.store.contents(of: .of("file")) == [1])
      #expect(try never.store.names(in: .root).count == 2)
      let tries = try #require(never.device.statistics.operations[.deleteObject])
      #expect(tries == 4, "each run tries what the first has left, twice")
      let later = try Rig(.androidLegacy, serial: never.serial, store: never.store)
      for ending in [Ending.someFailed, .done] {
        try await later.withStorage(options) { try await Self.replace(from, on: $0, state, endsAs: ending) }
      }
      #expect(try later.store.contents(of: .of("file")) == [2, 3])
      #expect(try later.store.names(in: .root).count == 1)
    }

    /// A run that replaces what the device has.
    private static func replace(
      _ from: FolderStore,
      on storage: any Storage,
      _ state: FolderStore,
      endsAs wanted: Ending,
      sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      var policy = SyncPolicy()
      policy.conflict = .replace
      let run = try run(from: try LocalStorage.open(FilePath(from.path)), to: storage, state, policy)
      let plan = try await run.plan(control: TransferControl()) { _ in }
      let ending = await run.execute(plan, control: TransferControl()) { _ in }
      #expect(ending == wanted, sourceLocation: sourceLocation)
    }

    @Test("A file that a device refuses, and of which it keeps the name, is not taken for one that is there")
    func refusedAndKeptInMind() async throws {
      let refusal = try fault("respond-after=InvalidObjectHandle@SendObjectInfo")
      let from = try FolderStore(holding: [.file("empty", [], modified: Self.date)])
      let state = try FolderStore()
      let rig = try Rig(.android, faults: [refusal])
      for ending in [Ending.someFailed, .done] {
        try await rig.withStorage { storage in
          let run = try Self.run(from: try LocalStorage.open(FilePath(from.path)), to: storage, state)
          let plan = try await run.plan(control: TransferControl()) { _ in }
          #expect(await run.execute(plan, control: TransferControl()) { _ in } == ending)
        }
      }
      #expect(try rig.store.status(of: .of("empty")).st_mtim.tv_sec == Int(Self.date.seconds))
    }

    @Test("A new name that a device accepts and does not give is no new name: the old version has its place again")
    func renamesNothing() async throws {
      for profile in [Profile.android, .umtp] {
        let tree = [TreeItem.file("file", [1], modified: Self.date)]
        let rig = try Rig(profile, holding: tree, faults: [try fault("respond=OK@SetObjectPropValue#all")])
        let (from, state) = (try FolderStore(), try FolderStore())
        try from.put(.file("file", [2, 3], modified: Self.date))
        try await rig.withStorage { try await Self.replace(from, on: $0, state, endsAs: .someFailed) }
        #expect(try rig.store.contents(of: .of("file")) == [1], "\(profile.name)")
      }
    }

    @Test("An empty file that gets the handle of another one is not deleted by it")
    func handleOfAnother() async throws {
      let tree = ["file", "kept"].map { TreeItem.file($0, Array($0.utf8), modified: Self.date) }
      for profile in [Profile.androidLegacy, .umtp] {
        let rig = try Rig(profile, holding: tree, faults: [try fault("other-object@SendObjectInfo#all")])
        let (from, state) = (try FolderStore(), try FolderStore())
        try from.put(.file("file", [2, 3], modified: Self.date))
        try await rig.withStorage { try await Self.replace(from, on: $0, state, endsAs: .someFailed) }
        for name in ["file", "kept"] {
          #expect(try rig.store.contents(of: .of(name)) == Array(name.utf8), "\(profile.name)")
        }
      }
    }

    @Test("A folder whose handle means nothing any more is not taken for an empty one")
    func voidHandles() async throws {
      let tree = [TreeItem.directory("Tree"), .directory("Tree/a"), .file("Tree/a/b", [1])]
      for profile in [Profile.android, .androidLegacy, .umtp, .camera, .minimal] {
        let rig = try Rig(profile, holding: tree, faults: [try fault("renumber@GetObjectHandles#all")])
        try await rig.withStorage(at: .of("Tree")) { storage in
          await #expect(throws: StorageError.self, "\(profile.name)") { _ = try await storage.listAll() }
        }
      }
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

    @Test("A device that was reset while it was listed, and knows its handles no more, is listed anew and whole")
    func forgetsItsHandles() async throws {
      // What another program's reset does to Android, before the kernel has told of it.
      let texts = ["respond=InvalidObjectHandle@GetObjectInfo#2", "respond=SessionNotOpen@GetStorageIDs#4"]
      let faults = try texts.map(fault)
      let tree = (1...4).map { TreeItem.file("file \($0)", [UInt8($0)], modified: Self.date) }
      let (to, state) = (try FolderStore(), try FolderStore())
      let rig = try Rig(.minimal, holding: tree, faults: faults)
      try await rig.withStorage { storage in
        let run = try Self.run(from: storage, to: try LocalStorage.open(FilePath(to.path)), state)
        let plan = try await run.plan(control: TransferControl()) { _ in }
        #expect(await run.execute(plan, control: TransferControl()) { _ in } == .done)
      }
      for number in 1...4 { #expect(try to.contents(of: .of("file \(number)")) == [UInt8(number)]) }
    }

    @Test("A transfer that the system cuts off is a connection that broke, whatever it calls that")
    func brokenTransfers() {
      for status in [LIBUSB_TRANSFER_ERROR, LIBUSB_TRANSFER_NO_DEVICE] {
        #expect(USBStatus.error(status).reason == .deviceLost)
      }
      for status in [LIBUSB_ERROR_IO, LIBUSB_ERROR_PIPE, LIBUSB_ERROR_NO_DEVICE, LIBUSB_ERROR_OTHER] {
        #expect(USBStatus.error(Int32(status.rawValue), doing: "claim it").reason == .deviceLost)
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

    @Test("A device whose configuration is gone, as the kernel shows one that was just unplugged, has gone")
    func goesWhileItsConfigurationIsRead() throws {
      let rig = try Rig(.android)
      let found = try rig.find()
      var failures: [StorageError] = []
      unsafe USBHandle.lend(bus: found.bus, address: found.address) { handle in
        for isThere in [true, false] {
          if !isThere { rig.device.port.tree.removeConfiguration() }
          do throws(StorageError) {
            _ = try unsafe Endpoints(of: handle, interface: 0)
          } catch {
            failures.append(error)
          }
        }
      }
      #expect(failures.map(\.reason) == [.deviceLost], "\(failures)")
      #expect(failures.first?.recovery == .reopen)
      #expect(try rig.bus.devices().allSatisfy { $0.serial != rig.serial })
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
