import MTPStorage
import PTP
import Storage
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("Storages without number")
  struct StorageListTests {
    @Test("A device that lists more of them than there can be is asked about none")
    func tooMany() async throws {
      let rig = try Rig(.android, storages: 300)
      let device = try await rig.open()
      let costs = try await rig.transactions {
        let error = await #expect(throws: StorageError.self) { _ = try await device.stores() }
        #expect(error?.reason == .deviceProtocol)
      }
      #expect(costs == [.getStorageIDs: 1])
      await device.close()
    }
  }
}
