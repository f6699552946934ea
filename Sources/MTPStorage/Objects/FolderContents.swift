internal import PTP

/// The names in a folder of a device, by their bytes, and their objects.
struct FolderContents {
  private var objects: [[UInt8]: ObjectHandle] = [:]
  private var handles: Set<ObjectHandle> = []
  /// How often each name is there as a storage takes it that does not tell upper from lower case.
  private var folded: [String: Int] = [:]

  subscript(name: some Sequence<UInt8>) -> ObjectHandle? {
    get { objects[Array(name)] }
    set {
      let name = Array(name)
      let old = objects.removeValue(forKey: name)
      if let old {
        handles.remove(old)
        folded[Self.fold(name), default: 1] -= 1
      }
      guard let newValue else { return }
      objects[name] = newValue
      handles.insert(newValue)
      folded[Self.fold(name), default: 0] += 1
    }
  }

  /// Whether a name is taken.
  func has(_ name: some Sequence<UInt8>, caseSensitive: Bool) -> Bool {
    caseSensitive ? self[name] != nil : folded[Self.fold(Array(name)), default: 0] > 0
  }

  func holds(_ object: ObjectHandle) -> Bool { handles.contains(object) }

  private static func fold(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self).lowercased() }
}
