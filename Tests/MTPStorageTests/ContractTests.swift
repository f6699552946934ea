import MTPStorage
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("The storage contract, reading half, over every profile and both transports")
  struct ContractTests {
    @Test(arguments: Route.all, ContractCheck.reading)
    func reading(_ route: Route, _ check: ContractCheck) async throws {
      // A device without dates is told from others only by its files: see below.
      if route.profile.dates == .none, check.name == "dates are kept within the precision" { return }
      // libmtp hides response codes and remembers what it listed: what is gone and what is refused look the same to it.
      if route.transport == .libmtp, check.name == "looking again finds what vanished" { return }
      try await check.run(DeviceFixture(route: route))
    }

    @Test("A device without dates tells none, rather than a wrong one", arguments: [MTPOptions.impatient, .libmtpOnly])
    func withoutDates(_ options: MTPOptions) async throws {
      let rig = try Rig(.minimal, holding: [.file("a", [1])])
      try await rig.withStorage(options) { storage in
        let times = try await storage.find(.of("a")).times
        #expect(times == FileTimes())
      }
    }
  }
}
