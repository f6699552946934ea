import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What comes of files that a device does not take as it should, or that it is lost with.
@Suite struct DeviceFailureTests {
  private typealias Place = DevicePlace

  @Test(arguments: [InMemoryStorage.Operation.verify, .commit])
  func aNewVersionThatCouldNotBeVerifiedIsLeftToTheNextRun(_ operation: InMemoryStorage.Operation) async throws {
    let place = try await Place.changed(.bare)
    place.device.fail(operation, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let result = try await place.run()()
    #expect(result.ending == .someFailed && result.counts.failed == 1)
    // It is under its real name, and whose it is nobody looked.
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2))
    #expect(place.device.calls(of: .discard) == 0 && place.device.calls(of: .remove) == 0)
    #expect(result.events.warnings.contains { $0.path == "d/a" && $0.cause.contains("memory/") })
    #expect(!result.events.warnings.contains { $0.cause.contains("not on the device") })
    let next = try await place.run()()
    #expect(next.ending == .done && next.counts.adopted == 1)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2) && place.keptHere == [someBytes(1000)])
    #expect(try await place.run()().plan.isIdle)
  }

  @Test(arguments: [DestinationKind.moving, .renaming, .undating])
  func aRefusedNewVersionNeverTouchesTheOld(_ kind: DestinationKind) async throws {
    let place = try await Place.changed(kind)
    place.device.fail(.write, after: 10, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let result = try await place.run()()
    #expect(result.ending == .someFailed && result.counts.failed == 1)
    #expect(place.device.contents(of: "d/a") == someBytes(1000))
    #expect(result.events.warnings.isEmpty && place.keptHere.isEmpty)
    #expect(try await place.run()().counts.filesReplaced == 1)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2) && place.device.names(in: "d").count == 1)
    #expect(try await place.run()().plan.isIdle)
  }

  @Test(arguments: [true, false])
  func anInterruptionTellsWhereTheOldVersionIs(_ isBare: Bool) async throws {
    let place = try await Place.changed(isBare ? .bare : .renaming)
    place.device.fail(.write, after: 10, StorageError(.cancelled, .stop, cause: "The run was interrupted"))
    let result = try await place.run()()
    #expect(result.ending == .interrupted)
    let named = result.events.warnings.filter {
      $0.path == "d/a" && $0.cause.hasSuffix("/d/a") && $0.cause.contains("memory/")
    }
    #expect(named.count == (isBare ? 1 : 0))
    #expect(place.keptHere == [someBytes(1000)])
    #expect(place.device.contents(of: "d/a") == (isBare ? Array(someBytes(3000, seed: 2).prefix(10)) : someBytes(1000)))
    #expect(try await place.run()().ending == .done)
    #expect(place.device.contents(of: "d/a") == someBytes(3000, seed: 2))
  }

  // MARK: Under real names

  @Test(arguments: [DestinationKind.moving, .renaming, .undating, .bare], [1, 2999])
  func aPartThatARefusalLeavesIsSentAgain(_ kind: DestinationKind, _ count: Int) async throws {
    let place = try Place(kind)
    try place.source.put(.file("a", someBytes(3000), modified: Place.date))
    place.device.fail(.write, after: count, StorageError(.deviceRefused, .nextFile, cause: "No"))
    let result = try await place.run()()
    #expect(result.ending == .someFailed && result.counts.failed == 1)
    #expect(place.device.contents(of: "a")?.count == count)
    let next = try await place.run()()
    #expect(next.plan.actions.map(\.reason) == [.unfinished])
    #expect(next.ending == .done && next.counts.filesCopied == 1)
    #expect(place.device.contents(of: "a") == someBytes(3000) && place.device.paths == ["a"])
    #expect(try await place.run()().plan.isIdle)
  }

  @Test(arguments: [DestinationKind.moving, .renaming, .undating, .bare], [0, 100, 3001])
  func whatSomebodyPutsThereBeforeItIsVerifiedStays(_ kind: DestinationKind, _ count: Int) async throws {
    let place = try Place(kind)
    try place.source.put(.file("a", someBytes(3000), modified: Place.date))
    let theirs = [UInt8](repeating: 7, count: count)
    let device = SlowAnswer(storage: place.device) {
      try? place.device.put(.file("a", theirs, modified: Place.later))
    }
    let result = try await place.run(from: place.source, to: device)()
    #expect(result.ending == .someFailed && result.counts.failed == 1)
    #expect(place.device.contents(of: "a") == theirs)
    let next = try await place.run()()
    #expect(next.ending == .done)
    // An empty file holds nothing of anybody's, and is the beginning of every file.
    if count > 0 { #expect(next.counts.filesKeptBoth == 1 && place.device.contents(of: "a") == theirs) }
    #expect(place.device.paths.contains { place.device.contents(of: $0) == someBytes(3000) })
  }

  @Test(arguments: [DestinationKind.moving, .renaming, .undating, .bare], [true, false])
  func whatWasReadFromAChangingFileGoesIfItIsOurs(_ kind: DestinationKind, _ isOurs: Bool) async throws {
    let place = try Place(kind)
    try place.source.put(.file("a", someBytes(3000), modified: Place.date))
    let theirs = [UInt8](repeating: 7, count: 3000)
    let device = SlowAnswer(storage: place.device) {
      try? place.source.put(.file("a", someBytes(2000, seed: 3), modified: Place.later))
      if !isOurs { try? place.device.put(.file("a", theirs, modified: Place.later)) }
    }
    let result = try await place.run(from: place.source, to: device)()
    #expect(result.ending == .someFailed)
    #expect(place.device.contents(of: "a") == (isOurs ? nil : theirs))
    #expect(try await place.run()().ending == .done)
    #expect(place.device.paths.contains { place.device.contents(of: $0) == someBytes(2000, seed: 3) })
    #expect(isOurs || place.device.contents(of: "a") == theirs)
  }

  // MARK: Lost while files get their names

  /// Three changed files and a new one, and a device that is lost when `count` of them have their names.
  @Test(arguments: [DestinationKind.moving, .renaming, .undating, .bare], [0, 1, 2, 4])
  func whatHadItsNameWhenTheDeviceWasLostIsDone(_ kind: DestinationKind, _ count: Int) async throws {
    for comesBack in [true, false] {
      let comment: Comment = "\(kind), \(count), comes back: \(comesBack)"
      let place = try await Self.lost(kind, after: count, comesBack: comesBack)
      let result = try await place.run()()
      if comesBack {
        #expect(result.ending == .done, comment)
        #expect(result.counts.filesReplaced == 3 && result.counts.filesCopied == 1, comment)
        #expect(result.counts.failed == 0, comment)
      } else {
        #expect(result.ending == .notReady(Self.unplugged), comment)
        for name in Self.names {
          let path = RelativePath.of("d/\(name)")
          let versions = place.device.paths.filter { $0.name.elementsEqual(path.name) }
            .compactMap { place.device.contents(of: $0) }
          #expect((versions + place.keptHere).contains { $0 == someBytes(1000, seed: name) }, comment)
        }
        #expect(try await place.run()().ending == .done, comment)
      }
      for path in place.source.paths {
        #expect(place.device.contents(of: path) == place.source.contents(of: path), "\(path), \(comment)")
      }
      #expect(place.device.names(in: "d").count == 4, comment)
      #expect(try await place.run()().plan.isIdle, comment)
    }
  }

  private static let names: [UInt64] = [1, 2, 3]
  private static let unplugged = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")

  private static func lost(_ kind: DestinationKind, after count: Int, comesBack: Bool) async throws -> Place {
    let place = try Place(kind)
    try place.source.put(.directory("d"))
    for name in names {
      try place.source.put(.file(.of("d/\(name)"), someBytes(1000, seed: name), modified: Place.date))
    }
    #expect(try await place.run()().ending == .done)
    for name in names {
      try place.source.put(.file(.of("d/\(name)"), someBytes(2000, seed: name + 10), modified: Place.later))
    }
    try place.source.put(.file("d/new", someBytes(500), modified: Place.later))
    place.device.fail(.commit, after: count, unplugged)
    if !comesBack { for call in 1...4 { place.device.fail(.reopen, at: call, unplugged) } }
    return place
  }
}
