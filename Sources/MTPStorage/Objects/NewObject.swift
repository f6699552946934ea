internal import PTP

/// A file or folder to be made on a device.
struct NewObject {
  var name: String
  /// What it is called in the end, where `name` is a temporary's.
  var finalName: String
  /// ``ObjectHandle/all`` is the root of the storage.
  var parent: ObjectHandle
  var store: UInt32
  /// `YYYYMMDDThhmmssZ`, the one form that all responders that honour dates read alike; empty for none.
  var modified = ""
  var created = ""
}
