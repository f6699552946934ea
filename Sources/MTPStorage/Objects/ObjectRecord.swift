internal import PTP
internal import Storage

/// One object in a folder of a device, as the device describes it.
struct ObjectRecord {
  var handle: ObjectHandle
  var name: PTPString
  var isFolder: Bool
  /// In bytes; `nil` where the device does not know.
  var size: UInt64?
  /// The dates as the device sent them, often empty. Raw strings can be compared whatever zone they mean.
  var modified: String
  var created: String
}

/// What was found in a folder.
struct ObjectListing {
  var records: [ObjectRecord] = []
  /// What the records are called in paths, in their order; none before ``Connection`` has found that out.
  var names: [EntryName] = []
  /// Objects that are there, and that the device would not describe.
  var unlisted: [Unlisted] = []
}

extension ObjectRecord {
  /// Size and date as the device sent them: comparable whatever zone either side believes in. A camera may tell the date
  /// of creation only.
  var token: ChangeToken {
    var writer = ByteWriter()
    writer.integer(size ?? UInt64.max)
    writer.raw(Array((modified.isEmpty ? created : modified).utf8))
    return ChangeToken(bytes: writer.bytes, version: modified.isEmpty && !created.isEmpty ? 2 : 1)
  }

  /// Whether a token is this object's. Some devices write a date in one way in ObjectInfo and in another in a property
  /// list, where only its beginning is the same.
  func matches(_ token: ChangeToken) -> Bool {
    guard token.version == self.token.version, token != self.token else { return token == self.token }
    let mine = self.token.bytes
    // The size and `YYYYMMDDThhmmss`.
    return mine.count >= 23 && token.bytes.count >= 23 && mine.prefix(23) == token.bytes.prefix(23)
  }
}
