internal import CLinux
internal import SystemPackage

/// Calls `body` with each name in a folder that is open for reading, except `.` and `..`.
func forEachName(in folder: borrowing Descriptor, _ body: (ArraySlice<UInt8>) -> Void) throws(Errno) {
  // struct linux_dirent64, getdents64(2): inode and offset of 8 bytes each, length of 2, type of 1, then the name.
  let nameOffset = 19
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = unsafe try checked(linux_entries(folder.raw, &buffer, buffer.count))
    if count == 0 { return }
    var record = 0
    while record + nameOffset < count {
      let length = Int(buffer[record + 16]) | Int(buffer[record + 17]) << 8
      guard length > nameOffset, record + length <= count else { throw .ioError }
      let name = buffer[(record + nameOffset)..<(record + length)].prefix { $0 != 0 }
      if !name.elementsEqual([UInt8(ascii: ".")]) && !name.elementsEqual("..".utf8) { body(name) }
      record += length
    }
  }
}
