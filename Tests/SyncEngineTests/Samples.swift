import Journal
public import Storage

@testable import SyncEngine

extension RelativePath: ExpressibleByStringLiteral {
  /// A path that a test spells out; the root if it is not legal.
  public init(stringLiteral text: String) { self = RelativePath(text) ?? .root }
}

extension Entry {
  static func file(
    _ path: RelativePath,
    _ size: UInt64,
    token: UInt8,
    version: Int = 1,
    modified: Int64? = 1_600_000_000
  ) -> Entry {
    Entry(
      path: path,
      kind: .file,
      size: size,
      times: FileTimes(modified: modified.map { Timestamp(seconds: $0) }),
      token: ChangeToken(bytes: [token], version: version)
    )
  }

  static func folder(_ path: RelativePath, modified: Int64? = 1_600_000_000) -> Entry {
    Entry(path: path, kind: .directory, times: FileTimes(modified: modified.map { Timestamp(seconds: $0) }))
  }
}

extension Record {
  /// The record of two entries that were found equal.
  static func of(_ source: Entry, _ destination: Entry) -> Record {
    Record(
      path: source.path,
      destinationPath: destination.path,
      source: Fingerprint(source),
      destination: Fingerprint(destination),
      isRacy: false
    )
  }
}

extension Planner.Input {
  /// A phone, and a disk that holds every name but no links; nothing on either.
  static var sample: Planner.Input {
    let phone = DeviceIdentity(
      mtpSerial: "A1B2C3",
      usbSerial: nil,
      vendorID: 0x18d1,
      productID: 0x4ee1,
      manufacturer: "Google",
      model: "Pixel",
      firmware: "1"
    )
    return Planner.Input(
      source: Tree(),
      destination: Tree(),
      sourceTraits: StorageTraits(
        identity: StorageIdentity(device: phone, volume: "00010001", root: []),
        name: "Pixel",
        capabilities: [.partialRead],
        times: TimeSupport(modified: .readOnly(precision: 1_000_000_000), created: .none),
        names: NameRules(isCaseSensitive: true)
      ),
      destinationTraits: StorageTraits(
        identity: StorageIdentity(device: nil, volume: "disk", root: Array("/photos".utf8)),
        name: "/photos",
        capabilities: [.write, .staging, .move, .rename, .setTimes, .partialRead],
        times: TimeSupport(modified: .readWrite(precision: 1), created: .none),
        names: NameRules(isCaseSensitive: true, maximumBytes: 255)
      )
    )
  }
}
