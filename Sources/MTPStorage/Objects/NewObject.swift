internal import PTP

/// A file or folder to be made on a device.
struct NewObject {
  var name: String
  /// What it is called in the end, where `name` is a temporary's.
  var finalName: String
  /// ``ObjectHandle/all`` is the root of the storage.
  var parent: ObjectHandle
  var store: UInt32
  /// What must make room before the first byte is sent, and not before the source has given one: where a name can be had
  /// only once, and the caller has a copy.
  var replacing: ObjectHandle?
  /// `YYYYMMDDThhmmssZ`, the one form that all responders that honour dates read alike; empty for none.
  var modified = ""
  var created = ""
}
