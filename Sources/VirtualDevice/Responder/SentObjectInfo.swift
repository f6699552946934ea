internal import PTP

/// What a responder reads of the ObjectInfo that an initiator sends (MTP 1.1 section 5.3.1). As Android's server, it
/// needs nothing after the modification date.
struct SentObjectInfo {
  var format: ObjectFormat
  /// In bytes; 0xFFFFFFFF for 4 GiB and more.
  var size: UInt64
  var name: PTPString
  var modified: String

  /// `nil` if the dataset ends too early.
  init?(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do throws(PTPError) {
      _ = try reader.raw(4, "StorageID")
      format = try reader.code("ObjectFormat")
      _ = try reader.raw(2, "ProtectionStatus")
      size = UInt64(try reader.integer("ObjectCompressedSize", as: UInt32.self))
      _ = try reader.raw(40, "ThumbFormat to SequenceNumber")
      name = try reader.string("Filename")
      _ = try reader.string("DateCreated")
      modified = try reader.string("DateModified").lossy
    } catch {
      return nil
    }
  }
}
