import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// A source, a device and this computer.
struct DevicePlace {
  static let date = Timestamp(seconds: 1_500_000_000)
  static let later = Timestamp(seconds: 1_600_000_000)

  let source = InMemoryStorage()
  let device: InMemoryStorage
  let host = InMemoryStorage()
  let folder: TemporaryFolder
  let journal: Journal

  init(_ kind: DestinationKind = .bare, capacity: UInt64 = 1 << 30) throws {
    folder = try TemporaryFolder(inMemory: true)
    journal = try folder.journal()
    device = InMemoryStorage(traits: kind.traits, capacity: capacity, session: InMemoryStorage.Session())
  }

  func run(host: Bool = true) -> SyncRun { run(from: source, to: device, host: host) }

  func run(from source: any Storage, to destination: any Storage, host: Bool = true) -> SyncRun {
    var run = SyncRun(
      from: source,
      to: destination,
      journal: journal,
      policy: SyncPolicy(),
      host: host ? self.host : nil
    )
    run.pause = .zero
    return run
  }

  var keptHere: [[UInt8]] { host.paths.compactMap { host.contents(of: $0) } }

  /// A device that holds the old version of a file whose source has a new one.
  static func changed(_ kind: DestinationKind, capacity: UInt64 = 1 << 30) async throws -> DevicePlace {
    let place = try DevicePlace(kind, capacity: capacity)
    try place.source.put(.directory("d"))
    try place.source.put(.file("d/a", someBytes(1000), modified: date))
    #expect(try await place.run()().ending == .done)
    try place.source.put(.file("d/a", someBytes(3000, seed: 2), modified: later))
    return place
  }
}
