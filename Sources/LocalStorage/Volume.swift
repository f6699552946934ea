internal import CLinux
internal import Glibc
internal import Storage
internal import SystemPackage

/// What the file system under a root is like.
///
/// Precisions and name rules follow the file system's magic number (statfs(2)). FAT: Microsoft's FAT specification;
/// exFAT: section 7.4.8 of its specification, 10 ms; NTFS and CIFS: 100 ns.
struct Volume {
  private var volume = linux_volume()
  private var folder: linux_status
  private var foldsCase: Bool
  private let mount: Mount?
  let creationDates: CreationDate?

  init(_ root: borrowing Descriptor) throws(Errno) {
    unsafe try checked(linux_volume_of(root.raw, &volume))
    folder = try status(root)
    mount = Mount.of(device: folder.device)
    foldsCase = linux_folds_case(root.raw) == 1
    creationDates = CreationDate.way(in: root)
  }

  private enum Family { case fat, exFAT, ntfs, cifs, hfs, ext, precise, other }

  private var family: Family {
    // A FUSE program shows the kind of its file system by nothing else.
    if creationDates == .ntfs { return .ntfs }
    return switch volume.type {
    case 0x4d44: .fat
    case 0x2011_bab0: .exFAT
    case 0x5346_544e, 0x7366_746e: .ntfs
    case 0xff53_4d42, 0xfe53_4d42, 0x517b: .cifs
    case 0x482b, 0x4244: .hfs
    case 0xef53: .ext
    // btrfs, xfs, f2fs, tmpfs, overlay, bcachefs, zfs
    case 0x9123_683e, 0x5846_5342, 0xf2f5_2010, 0x0102_1994, 0x794c_7630, 0xca45_1a4e, 0x2fc1_2fc1: .precise
    default: .other
    }
  }

  /// In nanoseconds. What is unknown (FUSE, NFS) may keep whole seconds only, as sshfs does.
  private var precision: UInt64 {
    if creationDates?.isNative == true { return 100 }
    return switch family {
    case .fat: 2_000_000_000
    case .exFAT: 10_000_000
    case .ntfs, .cifs: 100
    case .precise: 1
    // Old ext file systems with inodes too small for a creation date have no room for nanoseconds either.
    case .ext: folder.has_created ? 1 : 1_000_000_000
    case .hfs, .other: 1_000_000_000
    }
  }

  var times: TimeSupport {
    TimeSupport(
      modified: .readWrite(precision: precision),
      created: creationDates != nil
        ? .readWrite(precision: creationDates?.isNative == true ? 100 : 1)
        : folder.has_created ? .readOnly(precision: precision) : .none
    )
  }

  var names: NameRules {
    switch family {
    case .fat, .exFAT, .ntfs, .cifs:
      NameRules(
        isCaseSensitive: false,
        maximumUTF16: 255,
        mustBeUnicode: true,
        forbidden: Set(1...31).union("\"*:<>?\\|".utf8),
        forbidsTrailingDotOrSpace: true,
        // Windows refuses them, and Samba lists what has one under a name of its own making.
        forbidsDeviceNames: family == .cifs
      )
    case .hfs: NameRules(isCaseSensitive: false, maximumUTF16: 255, mustBeUnicode: true, forbidden: [UInt8(ascii: ":")])
    case .ext, .precise, .other: NameRules(isCaseSensitive: !foldsCase, maximumBytes: Int(volume.name_length))
    }
  }

  /// In bytes. FAT keeps sizes in 32 bits.
  var maximumFileSize: UInt64? { family == .fat ? UInt64(UInt32.max) : nil }

  /// Where /sys has the disk for as long as it is there; `nil` for what is on none, and where /sys does not know it.
  var disk: [CChar]? {
    let path = "/sys/dev/block/\(linux_major(folder.device)):\(linux_minor(folder.device))"
    let name = cString(path.utf8)
    return unsafe access(name, F_OK) == 0 ? name : nil
  }

  /// What Linux counts for each disk that comes, since 5.15; that of the whole disk, where this is a partition. `nil` where
  /// there is none.
  func diskSequence(in sys: String = "/sys") -> String? {
    let place = "\(sys)/dev/block/\(linux_major(folder.device)):\(linux_minor(folder.device))"
    for path in ["\(place)/diskseq", "\(place)/../diskseq"] {
      let name = cString(path.utf8)
      guard let file = unsafe try? Descriptor(linux_open_at(AT_FDCWD, name, O_RDONLY, 0)) else { continue }
      var digits = [UInt8](repeating: 0, count: 24)
      let count = unsafe Glibc.read(file.raw, &digits, digits.count)
      if count > 1 { return String(decoding: digits[..<(count - 1)], as: UTF8.self) }
    }
    return nil
  }

  /// As st_dev.
  var device: UInt64 { folder.device }
  var isReadOnly: Bool { volume.read_only }
  var supportsLinks: Bool {
    switch family {
    case .fat, .exFAT: false
    // Linux keeps symbolic links there in files of their own form, if it was told to (mount.cifs(8)).
    case .cifs: mount?.options.contains("mfsymlinks") ?? false
    case .ntfs, .hfs, .ext, .precise, .other: true
    }
  }
  /// Whether files have access rights of their own, and not those that the mount gives to all.
  var keepsPermissions: Bool {
    switch family {
    case .fat, .exFAT, .ntfs, .cifs: false
    case .hfs, .ext, .precise, .other: true
    }
  }
  /// Whether what nobody writes of a file takes no room.
  var keepsHoles: Bool {
    switch family {
    case .fat, .exFAT, .hfs, .cifs: false
    case .ntfs, .ext, .precise, .other: true
    }
  }
  /// By how much the dates on the disk are ahead of those that the system tells; 0 where they name an instant.
  var secondsAhead: Int64 {
    family == .fat ? mount?.secondsAheadOnFAT(minutesWest: Int64(linux_minutes_west())) ?? 0 : 0
  }
  /// As df(1) has it.
  var space: StorageSpace {
    StorageSpace(
      free: Self.bytes(volume.available, volume.block_size),
      capacity: Self.bytes(volume.blocks, volume.block_size),
      reserved: Self.bytes(volume.free - min(volume.free, volume.available), volume.block_size)
    )
  }

  private static func bytes(_ blocks: UInt64, _ size: UInt64) -> UInt64 {
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: size)
    return overflow ? .max : bytes
  }

  /// The UUID where udev knows one; else the file system's own identifier, which shares have anew at each mount; else
  /// what is mounted, where it is no device; else the device number, which may be another after the next start.
  var identifier: String {
    if let uuid { return uuid }
    let place = mount.flatMap { linux_major(folder.device) == 0 ? "\($0.type) \($0.source)" : nil }
    if family == .cifs, let place { return place }
    if volume.identifier != 0 { return "fsid " + String(volume.identifier, radix: 16) }
    if let place { return place }
    return "dev \(folder.device >> 8 & 0xfff):\(folder.device & 0xff)"
  }

  private var uuid: String? {
    guard let links = unsafe try? Descriptor(linux_open_at(AT_FDCWD, "/dev/disk/by-uuid", O_RDONLY | O_DIRECTORY, 0))
    else { return nil }
    var found: String?
    try? forEachName(in: links) { name in
      var device = stat()
      guard unsafe fstatat(links.raw, cString(name), &device, 0) == 0, device.st_rdev == folder.device else { return }
      found = String(decoding: name, as: UTF8.self)
    }
    return found
  }
}
