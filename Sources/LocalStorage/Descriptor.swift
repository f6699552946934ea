internal import Glibc
internal import SystemPackage

/// An open file or folder, closed when it goes out of scope. What a close can tell (a quota on a network
/// file system), the sync before it has told already.
struct Descriptor: ~Copyable {
  let raw: Int32

  /// Takes over what a call of `CLinux` returned: a descriptor, or the negative `errno`.
  init(_ result: Int32) throws(Errno) { raw = Int32(try checked(result)) }

  deinit { close(raw) }

  /// Sets those of the `accessBits` of a file or a folder. FAT has no place for most of them, and refuses what it cannot keep.
  borrowing func setPermissions(_ permissions: UInt16, isFolder: Bool = false) throws(Errno) {
    do throws(Errno) {
      try retrying { fchmod(raw, mode_t(permissions & accessBits(isFolder: isFolder))) }
    } catch .notPermitted {}
  }
}

/// What ``Entry/permissions`` has of a mode.
func accessBits(isFolder: Bool) -> UInt16 { isFolder ? 0o1777 : 0o777 }

/// The result of a call of `CLinux`, which is the negative `errno` where it failed.
@discardableResult
func checked(_ result: some SignedInteger) throws(Errno) -> Int {
  guard result >= 0 else { throw Errno(rawValue: CInt(-result)) }
  return Int(result)
}

/// Makes a system call, again while a signal interrupts it. The one place where `errno` becomes an error.
@discardableResult
func retrying(_ call: () -> some SignedInteger) throws(Errno) -> Int {
  while true {
    let result = call()
    guard result == -1 else { return Int(result) }
    guard errno == EINTR else { throw Errno(rawValue: errno) }
  }
}

/// `name` as C wants it.
func cString(_ name: some Collection<UInt8>) -> [CChar] { name.map { CChar(bitPattern: $0) } + [0] }
