import CLinux
import Storage
import StorageContract
import SystemPackage
import Testing

@testable import LocalStorage

/// What a mount says of its file system, and what follows from it. The file systems themselves are in
/// lab/tests/filesystems.
@Suite struct MountTests {
  private static let text = """
    36 25 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw,errors=remount-ro
    98 36 7:0 / /media/a\\040card rw,relatime - vfat /dev/loop0 rw,codepage=437,time_offset=120,errors=remount-ro
    99 36 0:52 / /mnt/share rw shared:7 master:2 - cifs //server/share rw,vers=3.1.1,mfsymlinks
    broken line
    100 36 0:53 / /mnt - cifs
    """

  @Test func aMountIsFoundByItsDevice() {
    #expect(
      Mount.find("8:1", in: Self.text)
        == Mount(type: "ext4", source: "/dev/root", options: ["rw", "errors=remount-ro"])
    )
    #expect(Mount.find("0:52", in: Self.text)?.options == ["rw", "vers=3.1.1", "mfsymlinks"])
    #expect(Mount.find("0:53", in: Self.text) == nil && Mount.find("8:2", in: Self.text) == nil)
  }

  /// Summer in Berlin: a camera writes two hours more than UTC has.
  @Test(
    arguments: [
      (["tz=UTC"], 0, 0), (["tz=UTC"], -120, 0), (["time_offset=120"], 0, 7200), (["time_offset=-330"], -120, -19_800),
      ([], -120, 7200), ([], 300, -18_000), (["time_offset=x"], -60, 3600),
    ] as [([String], Int64, Int64)]
  )
  func datesOnFATAreTimesOfDay(_ options: [String], minutesWest: Int64, ahead: Int64) {
    let mount = Mount(type: "vfat", source: "/dev/sdb1", options: options)
    #expect(mount.secondsAheadOnFAT(minutesWest: minutesWest) == ahead)
  }

  /// The kernel was in another zone when it read the card in winter.
  @Test func aTokenStaysWhenTheKernelsZoneChanges() {
    var winter = linux_status()
    winter.size = 5
    winter.modified = linux_time(seconds: 1_700_000_000, nanoseconds: 0)
    var summer = winter
    summer.modified.seconds -= 3600
    #expect(winter.token(secondsAhead: 3600) == summer.token(secondsAhead: 7200))
    #expect(winter.token(secondsAhead: 3600) != summer.token(secondsAhead: 3600))
  }

  /// As ntfs3 and CIFS tell dates before 1970.
  @Test func nanosecondsMayBeCountedBackwards() {
    let half = UInt32(bitPattern: -500_000_000)
    #expect(Timestamp(linux_time(seconds: -9, nanoseconds: half)) == Timestamp(seconds: -10, nanoseconds: 500_000_000))
    #expect(Timestamp(linux_time(seconds: .min, nanoseconds: half)).seconds == .min)
    #expect(Timestamp(linux_time(seconds: 1, nanoseconds: 2_000_000_000)).nanoseconds == 999_999_999)
  }

  /// A FUSE program that died, a server that is away, a card that is out.
  @Test(arguments: [Errno.socketNotConnected, .hostIsDown, .operationNotSupportedByDevice])
  func whatIsGoneEndsTheRun(_ error: Errno) {
    let error = StorageError(error, .write, nil)
    #expect(error.reason == .deviceLost && error.recovery == .stop)
    #expect(StorageError(Errno.ioError, .write, nil).recovery == .nextFile)
  }

  /// By what the kernel says of each folder, or else by its device.
  @Test func whatIsMountedInAFolderIsKnown() async throws {
    let root = try LocalStorage.open("/")
    let paths: [RelativePath] = [.of("proc"), .of("usr"), .of("proc/self")]
    let found = try await root.refresh(paths.map { Entry(path: $0, kind: .directory) })
    #expect(found.map { $0?.isMountPoint } == [true, false, false])
  }

  @Test func theMountOfAFolderIsKnown() throws {
    let folder = try FolderStore(in: "/dev/shm")
    let descriptor = try Descriptor(unsafe linux_open_at(-100, folder.path, 0, 0))
    let device = try status(descriptor).device
    #expect(Mount.of(device: device)?.type == "tmpfs")
  }
}
