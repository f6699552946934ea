import MTPStorage
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("Locked and unplugged phones")
  struct LockTests {
    @Test("A locked phone opens, and says that it is locked", arguments: [MTPOptions.impatient, .libmtpOnly])
    func locked(_ options: MTPOptions) async throws {
      let rig = try Rig(.android, holding: [.file("a", [1])], isLocked: true)
      let device = try await rig.open(options)
      let error = await #expect(throws: StorageError.self) { _ = try await device.stores() }
      #expect(error?.reason == .deviceLocked)
      #expect(error?.recovery == .waitForUser(.unlock))
      await device.close()
      try rig.device.unlock()
      try await rig.withStorage(options) { storage in
        let entries = try await storage.listAll()
        #expect(entries.count == 1)
      }
    }

    @Test("A phone that comes back unlocked under another product id is the same phone")
    func unlockedAnew() async throws {
      let rig = try Rig(.android, holding: [.file("a", [1])], isLocked: true, productIDUnlocked: 0x4EE2)
      let before = try rig.find()
      try rig.device.unlock()
      let after = try rig.find()
      #expect(after.productID == 0x4EE2)
      #expect(after.address != before.address)
      #expect(after.serial == before.serial)
    }

    @Test("An open device that is plugged in again is found by its serial and read on")
    func replugged() async throws {
      let rig = try Rig(.android, holding: [.directory("f"), .file("f/a", someBytes(5000))])
      try await rig.withStorage { storage in
        let entry = try await storage.find(.of("f/a"))
        try rig.device.replug()
        let error = await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: entry) }
        #expect(error?.recovery == .reopen)
        try await storage.reopen()
        #expect(try await storage.bytes(of: entry) == someBytes(5000))
        #expect(try await storage.refresh([entry])[0]?.token == entry.token)
      }
    }

    @Test("A file that changed while the device was away is not read as the old one")
    func changedMeanwhile() async throws {
      let rig = try Rig(.android, holding: [.file("a", someBytes(5000))])
      try await rig.withStorage { storage in
        let entry = try await storage.find(.of("a"))
        try rig.device.replug()
        await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: entry) }
        try rig.store.put(.file("a", someBytes(6000)))
        try await storage.reopen()
        let error = await #expect(throws: StorageError.self) { _ = try await storage.bytes(of: entry) }
        #expect(error?.reason == .changed)
      }
    }

    @Test("A closed device says so")
    func closed() async throws {
      let rig = try Rig(.android)
      let device = try await rig.open()
      await device.close()
      let error = await #expect(throws: StorageError.self) { _ = try await device.stores() }
      #expect(error?.reason == .deviceLost)
    }
  }
}
