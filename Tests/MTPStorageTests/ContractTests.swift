import MTPStorage
import PTP
import Storage
import StorageContract
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("The storage contract over every profile and both transports")
  struct ContractTests {
    @Test(arguments: Route.all, ContractCheck.reading)
    func reading(_ route: Route, _ check: ContractCheck) async throws {
      let fixture = DeviceFixture(route: route)
      guard let reason = Self.exception(to: check, on: route) else { return try await check.run(fixture) }
      await withKnownIssue(reason) { try await check.run(fixture) }
    }

    @Test(arguments: Route.writable, ContractCheck.writing)
    func writing(_ route: Route, _ check: ContractCheck) async throws {
      let fixture = DeviceFixture(route: route)
      guard let reason = Self.exception(to: check, on: route) else { return try await check.run(fixture) }
      await withKnownIssue(reason) { try await check.run(fixture) }
    }

    /// Why a rule cannot hold on a route. The rule is run all the same: it must go on being broken.
    private static func exception(to check: ContractCheck, on route: Route) -> Comment? {
      if route.profile.dates == .none, check.name == "dates are kept within the precision" {
        return "only its files could tell that this device has no dates, not its traits"
      }
      if route.transport == .libmtp, check.name == "looking again finds what vanished" {
        return "libmtp hides response codes: what is gone and what is refused look the same to it"
      }
      if route.transport == .libmtp, check.name == "files and empty folders are removed" {
        return "libmtp cannot tell whether a folder is empty, so none is removed"
      }
      let renames = route.profile.info.operations.contains(.setObjectPropValue)
      if route.transport == .libmtp,
        check.name == "what changed since it was listed is not removed"
          || check.name == "what changed since it was listed is not replaced" && renames
      {
        return "libmtp keeps what it once saw of an object for the whole session"
      }
      return nil
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
