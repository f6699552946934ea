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

    @Test("Names that only look the same stay two files, in every session")
    func lookAlikes() async throws {
      let rig = try Rig(.android, holding: [.file("caf\u{E9}", [1]), .file("cafe\u{301}", [2])])
      for _ in 1...2 {
        try await rig.withStorage { storage in
          for entry in try await storage.listAll() {
            let bytes = try await storage.bytes(of: entry)
            #expect(bytes == (entry.path.bytes.count == 5 ? [1] : [2]))
          }
          let count = try await storage.listAll().count
          #expect(count == 2)
        }
      }
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
