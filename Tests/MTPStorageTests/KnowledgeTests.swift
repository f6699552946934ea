import Foundation
import PTP
import Storage
import StorageContract
import Testing

@testable import MTPStorage
@testable import VirtualDevice

extension OnDevices {
  @Suite("What is learned of a device")
  struct KnowledgeTests {
    private static let newYork = "America/New_York"

    /// A probe of the first storage, over a memory of its own.
    private func probe(_ rig: Rig, _ options: MTPOptions, _ control: TransferControl = TransferControl()) async throws
      -> DeviceKnowledge
    {
      let device = try await rig.open(options)
      do {
        let known = try await device.probe(try await device.stores()[0], control).knowledge
        await device.close()
        return known
      } catch {
        await device.close()
        throw error
      }
    }

    private static let writable = Route.writable.filter { $0.transport == .automatic }.map(\.profile)

    @Test("A probe finds out what each kind of device keeps, and leaves nothing behind", arguments: writable)
    func probe(_ profile: Profile) async throws {
      let zone = try #require(TimeZone(identifier: Self.newYork))
      let rig = try Rig(profile, holding: [.directory("documents"), .file("mine", [1])], zone: zone)
      let known = try await probe(rig, .impatient)
      let rules = profile.rules
      if rules.refusesToDelete != nil {
        // One file shows it, and a second probe sends none.
        #expect(try rig.names().count == 3)
        #expect(known.deletes == false && known.keepsModified == false && known.renames == nil)
        let again = try await probe(rig, .impatient)
        #expect(try rig.names().count == 3 && again.deletes == false)
        return
      }
      #expect(try rig.names() == ["documents", "mine"])
      #expect(try rig.store.names(in: .of("documents")).isEmpty)

      let settable = rules.keepsSetDates ? rules.settableDates : []
      #expect(known.deletes == true)
      #expect(known.settableDates?.contains("DateModified") == settable.contains(.dateModified))
      #expect(known.settableDates?.contains("DateCreated") == settable.contains(.dateCreated))
      #expect(known.keepsModified == (rules.sending == .android || settable.contains(.dateModified)))
      #expect(known.keepsCreated == settable.contains(.dateCreated))
      // Kept dates show it, and so does the time at which a file came.
      let isOurs = TimeZone.current.identifier == Self.newYork
      #expect(known.zone == (profile.name == "minimal" ? nil : isOurs ? "host" : Self.newYork))
      // Havana has New York's summers in most years, and Bogota its winters.
      if known.keepsModified == true { #expect(known.otherZones.isEmpty) }
      if let name = known.zone, case .place(let found) = DeviceZone(name) {
        for offset in known.offsets {
          let date = Date(timeIntervalSince1970: Double(offset.instant))
          #expect(found.secondsFromGMT(for: date) == zone.secondsFromGMT(for: date))
        }
      }
      let operations = profile.info.operations
      #expect(known.renames == operations.contains(.setObjectPropValue))
      let names = try #require(known.storages.values.first)
      #expect(names.longestName == 254 && known.storages.count == 1)
      #expect(
        known.readsPartially == (operations.contains(.getPartialObject) || operations.contains(.getPartialObject64))
      )
      #expect(known.edits == operations.contains(.beginEditObject))
      let isAndroid = profile.info.vendorExtensionDescription.contains("android.com")
      #expect(names.isCaseSensitive == (isAndroid ? nil : !rules.foldsNames))
      #expect(known.keepsFolderDates == settable.contains(.dateModified))
    }

    /// Transactions of a probe, as Architecture and the man page tell of them. Only the listing of the root depends on how
    /// much is on the device: here it holds one folder.
    private static let prices = [
      "android": 82, "android-legacy": 66, "umtp": 41, "player": 124, "ereader": 53, "minimal": 50, "garmin": 3,
    ]

    @Test("A probe costs little", arguments: writable)
    func price(_ profile: Profile) async throws {
      let rig = try Rig(profile, holding: [.directory("documents")])
      let device = try await rig.open()
      let store = try await device.stores()[0]
      let before = rig.device.statistics
      let isDue = try await device.isUntried(store)
      let result = isDue ? try await device.probeOnce(store, TransferControl()) : nil
      let after = rig.device.statistics
      #expect(after.transactions - before.transactions <= Self.prices[profile.name, default: 0])
      #expect(after.dataReceived - before.dataReceived < 3000)
      // A watch of Garmin's would keep what it is sent.
      #expect(result?.failure == nil && result?.staying == nil && isDue == (profile.name != "garmin"))
      let isDueAgain = try await device.isUntried(store)
      #expect(try !isDueAgain && rig.names() == ["documents"])
      await device.close()
    }

    @Test("Of another storage only what may be otherwise is tried, which costs less")
    func anotherStorage() async throws {
      let rig = try Rig(.player, storages: 2)
      let device = try await rig.open()
      let stores = try await device.stores()
      _ = try await device.probeOnce(stores[0], TransferControl())
      var card = stores[1]
      card.label = "Card"
      let isDue = try await device.isUntried(card)
      let before = rig.device.statistics.transactions
      let result = try await device.probeOnce(card, TransferControl())
      let price = rig.device.statistics.transactions - before
      #expect(isDue && price <= 70)
      #expect(result.failure == nil && result.knowledge.storages.count == 2)
      #expect(result.knowledge[card].longestName == 254 && result.knowledge[card].keepsModified == true)
      await device.close()
    }

    @Test("A date that can be set without effect cannot be set")
    func vainDates() async throws {
      var profile = Profile.player
      profile.rules.keepsSetDates = false
      let rig = try Rig(profile)
      let device = try await rig.open()
      let store = try await device.stores()[0]
      let before = try await device.storage(of: store, at: .root).traits
      let known = try await device.probe(store, TransferControl()).knowledge
      let after = try await device.storage(of: store, at: .root).traits
      #expect(before.capabilities.contains(.setTimes) && known.settableDates == [])
      #expect(!after.capabilities.contains(.setTimes))
      await device.close()
    }

    @Test("A device that refuses to delete, and was not known for it, keeps one file")
    func undeleting() async throws {
      var profile = Profile.player
      profile.rules.refusesToDelete = .accessDenied
      let rig = try Rig(profile)
      let device = try await rig.open()
      let store = try await device.stores()[0]
      let isDue = try await device.isUntried(store)
      let result = try await device.probeOnce(store, TransferControl())
      let known = result.knowledge
      #expect(result.staying == .of(".filesync-doctor-1.part"))
      #expect(isDue && result.failure == nil && known.deletes == false && known.probed != nil)
      let folder = try #require(try rig.names().first)
      #expect(try rig.names().count == 1 && rig.store.names(in: .of(folder)).count == 1)
      let isDueAgain = try await device.isUntried(store)
      #expect(!isDueAgain)
      await device.close()
    }

    @Test("libmtp's calls alone are no probe: they send no dates")
    func libmtp() async throws {
      let rig = try Rig(.android)
      let error = await #expect(throws: StorageError.self) { _ = try await probe(rig, .libmtpOnly) }
      #expect(error?.reason == .unsupported)
    }

    @Test("What was learned is known in the next session, and by nobody who has no memory")
    func memory() async throws {
      let rig = try Rig(.android, zone: try #require(TimeZone(identifier: Self.newYork)))
      let folder = FileManager.default.temporaryDirectory.appending(path: "knowledge-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      var options = MTPOptions.impatient
      options.memory = DeviceMemory(folder: folder.path)
      let date: Int64 = 1_752_580_800
      try await rig.withStorage(options) { storage in
        let order = WriteOrder(
          path: .of("photo.jpg"),
          size: 1,
          times: FileTimes(modified: Timestamp(seconds: date)),
          temporaryName: TemporaryName.make(journal: "0badcafe", number: 1)
        )
        let written = try await storage.write(BytesSource([1]), order, TransferControl())
        _ = try await storage.commit([try await storage.verify([written])[0].get()])
      }
      for (options, isRight) in [(options, true), (.impatient, TimeZone.current.identifier == Self.newYork)] {
        try await rig.withStorage(options) { storage in
          let found = try await storage.find(.of("photo.jpg")).times.modified
          #expect((found?.seconds == date) == isRight, "\(String(describing: found))")
        }
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.count == 1)
      // A damaged file is no knowledge, and no error.
      try Data("{".utf8).write(to: folder.appending(path: try #require(files.first)))
      let device = try await rig.open(options)
      #expect(try await device.knowledge().keepsModified == nil)
      await device.close()
    }

    @Test("Of another firmware only the zone is known")
    func firmware() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "knowledge-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: folder) }
      let memory = DeviceMemory(folder: folder.path)
      var device = DeviceIdentity(
        mtpSerial: "../..",
        usbSerial: "../..",
        vendorID: 1,
        productID: 2,
        manufacturer: "",
        model: "m",
        firmware: "1"
      )
      var known = DeviceKnowledge(device: device, learned: 1)
      known.storages["card"] = StoreKnowledge(label: "card")
      known.storages["card"]?.keepsModified = true
      known.zone = "Asia/Kathmandu"
      memory.keep(known)
      #expect(memory.recall(device) == known)
      device.firmware = "2"
      #expect(memory.recall(device)?.keepsModified == nil)
      #expect(memory.recall(device)?.zone == "Asia/Kathmandu")
      device.usbSerial = "other"
      #expect(memory.recall(device) == nil)
      // A serial number is no way out of the folder.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["0001-_____.json"])
    }

    @Test("An interrupted probe cleans up, and the next one removes what a killed one left")
    func interrupted() async throws {
      let rig = try Rig(
        .android,
        holding: [.file(".filesync-doctor-7.part", [1]), .file(".filesync-0badcafe-1.part", [1])]
      )
      let control = TransferControl()
      control.cancel()
      await #expect(throws: StorageError.self) { _ = try await probe(rig, .impatient, control) }
      // Another journal's temporary is not ours to remove.
      #expect(try rig.names() == [".filesync-0badcafe-1.part"])
    }

    @Test("A pulled cable ends a probe, and the next one removes its rest")
    func unplugged() async throws {
      let rig = try Rig(.umtp, faults: [Fault(.unplug, at: .operation(.sendObject, occurrence: 3))])
      await #expect(throws: StorageError.self) { _ = try await probe(rig, .impatient) }
      #expect(try !rig.names().isEmpty)
      try rig.device.replug()
      _ = try await probe(rig, .impatient)
      #expect(try rig.names().isEmpty)
    }

    @Test("A device that takes nothing is not probed")
    func readOnly() async throws {
      let rig = try Rig(.camera)
      let error = await #expect(throws: StorageError.self) { _ = try await probe(rig, .impatient) }
      #expect(error?.reason == .readOnly)
    }
  }
}

extension Rig {
  fileprivate func names() throws -> [String] {
    try store.names(in: .root).map { String(decoding: $0, as: UTF8.self) }.sorted()
  }
}
