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

extension OnDevices {
  @Suite("What mending dates costs on a device")
  struct MendingTests {
    private static let count = 8
    private static let size = 3 << 20

    /// Photos, the last of which has another tail than the disk's.
    private func tree(right: Bool) -> [TreeItem] {
      let date = Timestamp(seconds: right ? 1_500_000_000 : 1_600_000_000)
      return (0..<Self.count).map { number in
        var bytes = [UInt8](repeating: UInt8(number), count: Self.size)
        if right, number == Self.count - 1 { bytes[Self.size - 1] = 0xFF }
        return .file(RelativePath("DCIM/\(number).jpg") ?? .root, bytes, modified: date)
      }
    }

    @Test("Of photos head and tail are read, whichever side the device is", arguments: [true, false])
    func samples(deviceIsRight: Bool) async throws {
      let folders = [TreeItem.directory("DCIM")]
      let rig = try Rig(.android, holding: folders + tree(right: deviceIsRight))
      let disk = try FolderStore(holding: folders + tree(right: !deviceIsRight))
      let state = try FolderStore()
      let journal = try Journal.open(at: "\(state.path)/journal.sqlite")
      let local = try LocalStorage.open(FilePath(disk.path))
      try await rig.withStorage { storage in
        let run = SyncRun(
          from: deviceIsRight ? storage : local,
          to: deviceIsRight ? local : storage,
          journal: journal,
          policy: .dates
        )
        let sent = rig.device.statistics.dataSent
        let plan = try await run.plan(control: TransferControl()) { _ in }
        let costs = try await rig.transactions {
          #expect(await run.execute(plan, control: TransferControl()) { _ in } == .done)
        }
        // The tail is read first, and tells of the one that differs.
        #expect(costs[.getPartialObject64] == 2 * Self.count - 1 && costs[.getObject] == nil, "\(costs)")
        #expect(rig.device.statistics.dataSent - sent < UInt64(Self.count) * 150_000)
        #expect(costs[.sendObjectInfo] == nil && costs[.deleteObject] == nil)
        let again = try await run.plan(control: TransferControl()) { _ in }
        #expect(again.actions.filter { $0.change != .skip }.count == 1 && again.unchanged == Self.count - 1)
      }
    }
  }
}
