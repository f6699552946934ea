internal import PTP

/// A file that an initiator has announced, or a part of one that it sends.
struct Upload {
  /// What becomes of it.
  enum Purpose: Equatable {
    /// SendObject: the file is new.
    case whole
    /// SendPartialObject: the file is there, and is written from this byte on.
    case part(UInt64)
  }

  var object: StoredObject
  var purpose = Purpose.whole
  /// Bytes announced, as they were sent; ``unknownSize`` if the end of the data tells.
  var size: UInt32
  /// Unix time that the file gets in the end; `nil` for "now".
  var modified: Int64?
  /// The object that had the name before, where that is the end of both.
  var displaced: StoredObject?

  static let unknownSize: UInt32 = 0xFFFF_FFFF

  /// How its data phase ended.
  enum Ending {
    /// All of it is on disk, as far as the device looks.
    case complete
    /// The device was full before the end.
    case full
    /// Not all came that was announced, or it could not be written.
    case failed
    /// The initiator cancelled, or the cable was pulled.
    case aborted
  }
}

/// What a device does about a command whose data is a file's.
enum Acceptance {
  /// Refused. Whether the data is read all the same depends on the device.
  case refused(ResponseCode)
  /// SendObject after the ObjectInfo of a folder: there is nothing to write.
  case nothing
  case file(Upload)
}
