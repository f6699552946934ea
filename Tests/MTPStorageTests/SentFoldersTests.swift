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
  @Suite("Whole runs onto a device")
  struct SentFoldersTests {
    @Test("1,000 files cost two transactions each, and a listing for each folder")
    func transactions() async throws {
      let folder = FileManager.default.temporaryDirectory.path + "/filesync-run-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let folders = 10
      for number in 0..<1000 {
        let place = "\(folder)/from/folder \(number % folders)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let path = "\(place)/\(number).jpg"
        let bytes = Data(repeating: UInt8(truncatingIfNeeded: number), count: 20_000)
        try bytes.write(to: URL(filePath: path))
        let date = Date(timeIntervalSince1970: 1_600_000_000 + Double(number))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
      }
      let journal = try Journal.open(at: folder + "/journal.sqlite")
      let rig = try Rig(.android)
      try await rig.withStorage { device in
        let run = SyncRun(
          from: try LocalStorage.open(FilePath(folder + "/from")),
          to: device,
          journal: journal,
          policy: SyncPolicy(),
          host: try LocalStorage.open(FilePath(folder + "/host"), creating: true)
        )
        let plan = try await run.plan(control: TransferControl()) { _ in }
        #expect(plan.actions.count == 1000 + folders)
        let costs = try await rig.transactions {
          let ending = await run.execute(plan, control: TransferControl()) { _ in }
          #expect(ending == .done)
        }
        // Folders are announced as files are, and have no data.
        #expect(costs[.sendObjectInfo] == 1000 + folders && costs[.sendObject] == 1000)
        #expect((costs[.getObjectHandles] ?? 0) <= folders, "\(costs)")
        let rest = costs.values.reduce(0, +) - 2000 - folders
        // A listing is one GetObjectHandles and a property list for each of five properties.
        #expect(rest <= 6 * folders, "\(costs)")
        let again = try await run.plan(control: TransferControl()) { _ in }
        #expect(again.isIdle && again.unchanged == 1000)
      }
      for number in [0, 7, 999] {
        let path = "\(rig.store.path)/folder \(number % folders)/\(number).jpg"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.modificationDate] as? Date)?.timeIntervalSince1970 == 1_600_000_000 + Double(number))
      }
    }
  }
}
