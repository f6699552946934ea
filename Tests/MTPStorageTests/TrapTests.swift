import MTPStorage
import PTP
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  /// What libmtp and Android do to those who trust them, and no other suite shows. The table of all of it is in
  /// docs/reliability.md.
  @Suite("Traps of libmtp and Android")
  struct TrapTests {
    /// libmtp 1.1.20 lists five files as none then, with an empty stack of errors.
    @Test(
      "Files do not vanish from a listing because the device refuses a property list",
      arguments: [Profile.android, .player],
      [MTPOptions.Transport.automatic, .libmtp]
    )
    func refusedPropertyLists(_ profile: Profile, _ transport: MTPOptions.Transport) async throws {
      let faults = ["GeneralError", "OperationNotSupported", "SpecificationByGroupUnsupported"]
      for fault in faults {
        let refusal = try #require(Fault("respond=\(fault)@GetObjectPropList#all"))
        let rig = try Rig(profile, holding: (0..<5).map { .file("\($0)", [1]) }, faults: [refusal])
        var options = MTPOptions.impatient
        options.transport = transport
        try await rig.withStorage(options) { storage in
          let found = Collector<Entry>()
          let completeness = try await storage.list(.root) { found.append($0) }
          #expect(found.all.count == 5 || completeness != .complete, "\(fault): \(found.all.count)")
          // Only libmtp's own calls lose them, so that what they list is never taken for all.
          #expect(found.all.count == 5 || transport == .libmtp, "\(fault)")
        }
      }
    }
  }
}
