import MTPStorage
import PTP
import Storage
import StorageContract
import Synchronization
import Testing
import VirtualDevice

extension OnDevices {
  @Suite("The storage contract over every profile and both transports")
  struct ContractTests {
    @Test(arguments: Route.all)
    func reading(_ route: Route) async throws { try await run(ContractCheck.reading, on: route) }

    @Test(arguments: Route.writable)
    func writing(_ route: Route) async throws { try await run(ContractCheck.writing, on: route) }

    private func run(_ checks: [ContractCheck], on route: Route) async throws {
      let fixture = try DeviceFixture(route: route)
      for check in checks {
        if let reason = Self.exception(to: check, on: route) {
          await withKnownIssue("\(check): \(reason)") { try await check.run(fixture) }
          continue
        }
        do {
          try await check.run(fixture)
        } catch { Issue.record("\(check): \(error)") }
      }
      await fixture.close()
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
      if let refusal = route.profile.rules.refusesToDelete, needsDeletion.contains(check.name) {
        return "the device refuses every deletion (\(refusal)), which it does not announce"
      }
      if !route.profile.rules.keepsSetDates, route.transport == .automatic, check.name == "dates can be set" {
        return "the device says that it has set a date, and has not"
      }
      // Of devices whose property lists its table calls broken, libmtp asks for the size each time.
      guard ![Profile.androidLegacy.name, Profile.garmin.name].contains(route.profile.name) else { return nil }
      let renames = route.profile.info.operations.contains(.setObjectPropValue)
      if route.transport == .libmtp,
        check.name == "what changed since it was listed is not removed"
          || check.name == "what changed since it was listed is not replaced" && renames
      {
        return "libmtp keeps what it once saw of an object for the whole session"
      }
      return nil
    }

    private static let needsDeletion = [
      "a replaced file stays until the commit, and then where it is kept", "a discarded file leaves nothing",
      "too many or too few bytes leave nothing", "a cancel during a write leaves nothing",
      "the error of a source is the error of the write, and leaves nothing", "files and empty folders are removed",
      "what changed since it was listed is not replaced",
    ]

    @Test("Folders without a name have one here, and end what libmtp sends, not what we send")
    func namelessFolders() async throws {
      let rig = try Rig(.ereader, holding: [.directory("documents")])
      try await rig.withStorage { storage in
        let listed = Mutex<[RelativePath]>([])
        let completeness = try await storage.list(.root) { page in listed.withLock { $0 += page.map(\.path) } }
        #expect(listed.withLock { $0.sorted() } == [.of("%"), .of("% (2)"), .of("documents")])
        #expect(completeness == .complete)
        _ = try await storage.put([1, 2, 3], at: .of("documents/book"))
      }
      try await rig.withStorage(.libmtpOnly) { storage in
        _ = try await storage.list(.root) { _ in }
        await #expect(throws: StorageError.self) { _ = try await storage.put([1], at: .of("documents/other")) }
      }
      #expect(rig.device.statistics.responses[.invalidDataset] == 1)
      #expect(try rig.store.names(in: .of("documents")) == [Array("book".utf8)])
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
