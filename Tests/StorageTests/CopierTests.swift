import Storage
import StorageContract
import Testing

@Suite struct CopierTests {
  private let size = 6_000_000
  private let source = InMemoryStorage()
  private let destination = InMemoryStorage()
  private let control = TransferControl()
  private let broken = StorageError(.deviceLost, .reopen, cause: "The cable was pulled")

  init() throws { try source.put(.file("file", someBytes(size))) }

  private func copyFile(expecting length: Int? = nil, to other: (any Storage)? = nil) async throws -> Written {
    let order = order("file", size: UInt64(length ?? size))
    let file = try await source.find(.of("file"))
    return try await copy(file, from: source, to: other ?? destination, order: order, control: control)
  }

  @Test func carriesAFile() async throws {
    let entry = try await destination.finish(try await copyFile())
    #expect(entry.times.modified == .someday)
    #expect(destination.contents(of: .of("file")) == someBytes(size))
    #expect(control.bytes == UInt64(size))
  }

  @Test(arguments: [0, 5_999_999, 6_000_001]) func refusesAnotherLength(_ length: Int) async throws {
    let error = await #expect(throws: StorageError.self) { try await copyFile(expecting: length) }
    #expect(error?.reason == .wrongLength)
    #expect(error?.path == .of("file"))
    #expect(destination.paths == [])
  }

  @Test(arguments: [0, 1, 5_000_000]) func tellsTheErrorOfTheSource(after: Int) async throws {
    source.fail(.read, after: after, broken)
    await #expect(throws: broken.about(.of("file"))) { try await copyFile() }
    #expect(destination.paths == [])
  }

  @Test func tellsTheErrorOfTheDestination() async throws {
    let small = InMemoryStorage(capacity: 1_000)
    let error = await #expect(throws: StorageError.self) { try await copyFile(to: small) }
    #expect(error?.reason == .noSpace)
    #expect(small.paths == [])
  }

  @Test func tellsTheErrorOfADestinationThatNeverReads() async throws {
    try destination.put(.file("file", [1]))
    let error = await #expect(throws: StorageError.self) { try await copyFile() }
    #expect(error?.reason == .alreadyExists)
    #expect(destination.paths == [.of("file")])
  }

  @Test func aCancelStopsBothEnds() async throws {
    control.cancel()
    let error = await #expect(throws: StorageError.self) { try await copyFile() }
    #expect(error?.reason == .cancelled)
    #expect(destination.paths == [])
  }

  @Test func aSourceThatLiesAboutItsEndIsCaught() async throws {
    source.shorten(.of("file"), to: 1_000)
    let error = await #expect(throws: StorageError.self) { try await copyFile() }
    #expect(error?.reason == .wrongLength)
    #expect(destination.paths == [])
  }

  /// Without staging a file has its real name at once, which another may have taken by the time it is found wrong.
  @Test(arguments: [nil, [1, 2, 3], someBytes(6_000_000)] as [[UInt8]?])
  func whatIsFoundWrongIsRemovedAndNothingElse(theirs: [UInt8]?) async throws {
    let device = InMemoryStorage(traits: .inMemoryDevice([], keepsDates: true))
    let destination = Wrapped(storage: device) { if let theirs { try? device.put(.file("file", theirs)) } }
    let file = try await source.find(.of("file"))
    let error = await #expect(throws: StorageError.self) {
      let liar = Wrapped(storage: source, off: 1)
      _ = try await copy(file, from: liar, to: destination, order: order("file", size: UInt64(size)), control: control)
    }
    #expect(error?.reason == .wrongLength)
    #expect(device.contents(of: .of("file")) == theirs)
  }

  @Test func placesOnOneDeviceAreRefused() async throws {
    var traits = StorageTraits.inMemory
    traits.session = ObjectIdentifier(control)
    let (one, other) = (InMemoryStorage(traits: traits), InMemoryStorage(traits: traits))
    try one.put(.file("file", [1]))
    let file = try await one.find(.of("file"))
    let error = await #expect(throws: StorageError.self) {
      try await copy(file, from: one, to: other, order: order("file", size: 1), control: control)
    }
    #expect(error?.reason == .unsupported)
  }
}

/// A storage that counts wrong what it delivers, or in which something happens after each write.
private struct Wrapped: ForwardingStorage {
  let storage: any Storage
  var off: UInt64 = 0
  var afterWrite: @Sendable () -> Void = {}

  func read(
    _ file: Entry,
    from offset: UInt64,
    into sink: any ByteSink,
    _ control: TransferControl
  ) async throws(StorageError) -> UInt64 {
    try await storage.read(file, from: offset, into: sink, control) - off
  }

  func write(
    _ source: any ByteSource,
    _ order: WriteOrder,
    _ control: TransferControl
  ) async throws(StorageError) -> Written {
    let written = try await storage.write(source, order, control)
    afterWrite()
    return written
  }
}
