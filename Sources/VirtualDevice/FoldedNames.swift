internal import Glibc

/// The names in the folder on disk that was asked about last, by what they are folded to. A folder is read once, and then
/// followed by what the kernel tells of it: read anew for each file that comes, a large one would take the square of time.
// @unchecked: the responder that it belongs to is served by one thread at a time.
final class FoldedNames: @unchecked Sendable {
  private var path: String?
  /// Those that are folded alike, in the order in which they were found.
  private var names: [String: [String]] = [:]
  /// Of inotify(7), which tells of a change before the call that makes it returns; negative where there is none.
  private var watch: CInt = -1

  deinit { forget() }

  /// The first name in a folder that is `wanted`, or differs from it in case only.
  func name(in path: String, likeExceptForCase wanted: String) -> String? {
    if path != self.path || !follow() { read(path) }
    return names[Folder.folded(wanted)]?.first
  }

  private func forget() {
    if watch >= 0 { close(watch) }
    (path, names, watch) = (nil, [:], -1)
  }

  private func read(_ path: String) {
    forget()
    // Before the names are read, so that no change is missed.
    watch = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    let changes = UInt32(IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF)
    if watch >= 0, unsafe inotify_add_watch(watch, path, changes) >= 0 { self.path = path }
    for name in Folder.names(in: path) ?? [] { add(name) }
  }

  private func add(_ name: String) {
    let folded = Folder.folded(name)
    guard names[folded]?.contains(where: { $0.utf8.elementsEqual(name.utf8) }) != true else { return }
    names[folded, default: []].append(name)
  }

  /// Takes in what happened in the folder since it was read.
  /// - Returns: whether all of it is known.
  private func follow() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe Glibc.read(watch, &buffer, buffer.count)
      guard count > 0 else { return count < 0 && errno == EAGAIN }
      var start = 0
      while start < count {
        let event = unsafe buffer.withUnsafeBytes {
          unsafe $0.loadUnaligned(fromByteOffset: start, as: inotify_event.self)
        }
        let begin = start + MemoryLayout<inotify_event>.size
        start = begin + Int(event.len)
        guard event.mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW) == 0 else { return false }
        let bytes = buffer[begin..<start].prefix { $0 != 0 }
        guard let name = String(validating: bytes, as: UTF8.self), name.utf16.count <= 254 else { continue }
        if event.mask & UInt32(IN_CREATE | IN_MOVED_TO) != 0 {
          add(name)
        } else {
          names[Folder.folded(name)]?.removeAll { $0.utf8.elementsEqual(name.utf8) }
        }
      }
    }
  }
}
