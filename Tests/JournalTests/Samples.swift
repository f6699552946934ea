import Storage

@testable import Journal

extension RunningProcess {
  /// One that ran before the last boot.
  static let dead = RunningProcess(pid: 1, boot: "an earlier boot", started: 1)
}

extension StorageIdentity {
  static func local(_ root: String, volume: String = "disk") -> StorageIdentity {
    StorageIdentity(device: nil, volume: volume, capacity: 1000, root: Array(root.utf8))
  }

  static func phone(
    _ serial: String?,
    model: String = "Pixel",
    usb: String? = nil,
    volume: String = "00010001",
    label: String? = "Internal",
    capacity: UInt64 = 1 << 37
  ) -> StorageIdentity {
    StorageIdentity(
      device: DeviceIdentity(
        mtpSerial: serial,
        usbSerial: usb,
        vendorID: 0x18d1,
        productID: 0x4ee1,
        manufacturer: "Google",
        model: model,
        firmware: "1.0"
      ),
      volume: volume,
      label: label,
      capacity: capacity,
      root: Array("DCIM".utf8)
    )
  }
}

extension Record {
  static func of(_ path: RelativePath, size: UInt64 = 1) -> Record {
    Record(
      path: path,
      destinationPath: path,
      source: Fingerprint(size: size, token: ChangeToken(bytes: [1], version: 1)),
      destination: Fingerprint(
        size: size,
        token: ChangeToken(bytes: [2], version: 7),
        modified: Timestamp(seconds: -5, nanoseconds: 6)
      ),
      isRacy: false
    )
  }
}

extension StepEnd {
  static func done(_ number: UInt32, _ record: Record, truth: Truth? = nil) -> StepEnd {
    let intent = Intent(sequence: number, change: "copy", reason: "new", path: record.path, target: record.path)
    return StepEnd(intent: intent, phase: .done, record: record, truth: truth)
  }
}

extension RelativePath {
  /// A path that a test spells out; the root if it is not legal.
  init(_ text: StaticString) { self = RelativePath("\(text)") ?? .root }
}

/// The error that `body` throws; `nil` if it throws none.
func failure<Value>(_ body: () async throws(JournalError) -> Value) async -> JournalError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}
