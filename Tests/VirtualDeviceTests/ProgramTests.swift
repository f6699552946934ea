import Foundation
import Testing

/// Programs that know nothing of this project must see what is in the folder: that keeps the virtual device honest.
/// libmtp finds neither cameras outside its table nor devices without an interface name, so some profiles are missing.
@Suite struct ProgramTests {
  private let folder: TemporaryFolder
  /// Names and sizes around the ends of USB packets (512 bytes with the 12 of the header) and of Android's buffers.
  private let sizes: [String: Int] = [
    "empty": 0, "one.bin": 1, "p499.bin": 499, "p500.jpg": 500, "p501.bin": 501, "p1012.bin": 1012, "p1013.bin": 1013,
    "p16372.bin": 16_372, "p16384.bin": 16_384, "Ünïcödé.txt": 10, "名前 😀.mp3": 1000, "large.mp4": 3_000_000,
  ]

  init() throws {
    folder = try TemporaryFolder()
    try folder.makeFolder("DCIM/Camera")
    for (index, (name, size)) in sizes.sorted(by: { $0.key < $1.key }).enumerated() {
      // Half a year apart, so that both sides of daylight-saving time occur.
      let modified = 1_700_000_000 + TimeInterval(index) * 15_724_800
      try folder.makeFile("DCIM/Camera/" + name, content(size), modified: modified)
    }
  }

  private func content(_ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

  /// Folders, the words of the command, and its environment are bytes.
  @Test func namesThatAreNoUTF8ComeThrough() throws {
    let script = """
      set -e; cd "$1"; d=$(printf 'fo\\351'); mkdir "$d" home; echo text > "$d/a.txt"; LATIN=$(printf 'v\\351'); export LATIN
      HOME=$PWD/home "$0/virtual-mtp" --folder "$d" --card="$d" -- sh -c '
        "$1/filesync" ls mtp:/card --recursive; printf "%s %s" "$2" "$LATIN" | od -An -tx1' sh "$0" "$(printf 'w\\375')"
      "$0/virtual-mtp" --folder "$d" --profile "$(printf 'p\\351')" -- true && exit 1; true
      """
    let output = try VirtualMTPProgram.sh(script, folder.path)
    #expect(output.status == 0 && output.text.contains("a.txt"), "\(output.text)")
    #expect(output.text.contains("77 fd 20 76 e9") && output.text.contains("is no UTF-8"), "\(output.text)")
  }

  @Test(
    .enabled(if: VirtualMTPProgram.has("mtp-detect"), "mtp-detect is not installed (package mtp-tools)"),
    arguments: [
      ("android", "Pixel 7", "Internal shared storage"), ("android-legacy", "Nexus 5X", "Internal storage"),
      ("umtp", "The Viveris Product !", "home folder"), ("ereader", "Kindle Paperwhite", "Internal Storage"),
      ("garmin", "Forerunner 945", "Internal Storage"),
    ]
  )
  func mtpDetect(profile: String, model: String, storage: String) throws {
    let output = try VirtualMTPProgram.run(
      ["--folder", folder.path, "--profile", profile, "--serial", "TEST42", "--", "mtp-detect"]
    )
    #expect(output.status == 0)
    for text in ["Model: \(model)", "Serial number: TEST42", "StorageDescription: \(storage)", "OK."] {
      #expect(output.text.contains(text), "\(text)")
    }
    #expect(!output.text.contains("PTP_ERROR"))
  }

  @Test(
    .enabled(if: VirtualMTPProgram.has("mtp-files"), "mtp-files is not installed (package mtp-tools)"),
    arguments: ["android", "umtp", "android-legacy", "ereader", "garmin"]
  )
  func mtpFilesAndMtpGetFile(profile: String) throws {
    let device = ["--folder", folder.path, "--profile", profile, "--"]
    let listing = try VirtualMTPProgram.run(device + ["mtp-files"])
    #expect(listing.status == 0)
    var found: [String: Int] = [:]
    var handles: [String: String] = [:]
    var (handle, name) = ("", "")
    for line in listing.text.split(separator: "\n") {
      if line.hasPrefix("File ID: ") { handle = String(line.dropFirst(9)) }
      if line.hasPrefix("   Filename: ") {
        name = String(line.dropFirst(13))
        handles[name] = handle
      }
      if line.hasPrefix("   File size ") {
        found[name] = line.split(separator: " ").dropFirst(2).first.flatMap { Int($0) }
      }
    }
    #expect(found == sizes)

    let target = try TemporaryFolder()
    // What is sent to the host is the same code for all.
    let isThorough = ["android", "umtp"].contains(profile)
    for (name, size) in sizes where isThorough || ["empty", "p500.jpg", "large.mp4"].contains(name) {
      // Each in a session of its own, whose listing gives out the same handles.
      let output = try VirtualMTPProgram.run(
        device + ["mtp-getfile", try #require(handles[name]), target.path + "/" + name]
      )
      #expect(output.status == 0)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: target.path + "/" + name))
      // Not compared inside the macro, which would look for the least difference between two long arrays.
      let isWhole = Array(bytes) == content(size)
      #expect(isWhole, "\(name)")
    }
  }

  @Test(
    .enabled(if: VirtualMTPProgram.has("jmtpfs"), "jmtpfs is not installed"),
    .enabled(if: VirtualMTPProgram.canMount, "FUSE cannot be used here"),
    arguments: [
      ("android", "Internal shared storage"), ("umtp", "home folder"), ("android-legacy", "Internal storage"),
      ("garmin", "Internal Storage"),
    ]
  )
  func jmtpfs(profile: String, storage: String) throws {
    let mount = try TemporaryFolder()
    // It goes into the background; the device outlives the command that started it.
    let script = """
      jmtpfs "$1" >/dev/null 2>&1 || exit 9
      diff -r "$2" "$1/$3" || status=1
      (cd "$1/$3" && find . -type f -printf '%P %s %Ts\\n' | sort) >"$1.seen"
      (cd "$2" && find . -type f -printf '%P %s %Ts\\n' | sort) >"$1.true"
      diff "$1.seen" "$1.true" || status=2
      rm "$1.seen" "$1.true"
      fusermount -u "$1" || umount "$1"
      exit ${status:-0}
      """
    let output = try VirtualMTPProgram.run(
      [
        "--folder", folder.path, "--profile", profile, "--", "sh", "-c", script, "sh", mount.path, folder.path, storage,
      ],
      zone: "America/New_York"
    )
    #expect(output.status == 0, "\(output.text)")
  }

  // MARK: virtual-mtp itself

  @Test func theStatusOfTheCommandIsItsOwn() throws {
    #expect(try VirtualMTPProgram.run(["--folder", folder.path, "--", "sh", "-c", "exit 42"]).status == 42)
    #expect(try VirtualMTPProgram.run(["--folder", folder.path, "--", "sh", "-c", "kill -9 $$"]).status == 137)
    let missing = try VirtualMTPProgram.run(["--folder", folder.path, "--", "no-such-program"])
    #expect(missing.status == 127)
    #expect(missing.text.contains("no-such-program: command not found"))
  }

  @Test func signalsReachTheCommand() throws {
    // The parent of the command's shell is virtual-mtp.
    let script = "trap 'exit 7' TERM; kill -TERM $PPID; while :; do sleep 0.05; done"
    #expect(try VirtualMTPProgram.run(["--folder", folder.path, "--", "sh", "-c", script]).status == 7)
  }

  @Test(arguments: [
    (["--", "true"], "No device"), (["--profile", "android", "--", "true"], "before any --folder"),
    (["--folder", "/nonexistent", "--", "true"], "does not exist"),
    (["--folder", "/dev/null", "--", "true"], "not a folder"),
    (
      ["--folder", "/", "--profile", "toaster", "--", "true"],
      "android, android-legacy, umtp, player, ereader, garmin, camera, minimal"
    ),
    (["--folder", "/", "--zone", "Mars/Olympus", "--", "true"], "no time zone"),
    (["--folder", "/", "--fault", "melt@GetObject", "--", "true"], "not a fault"), (["--folder", "/"], "No command"),
  ])
  func wrongUsage(arguments: [String], message: String) throws {
    let output = try VirtualMTPProgram.run(arguments)
    #expect(output.status == 64)
    #expect(output.text.contains(message), "\(output.text)")
  }

  @Test(.enabled(if: VirtualMTPProgram.has("mtp-detect"), "mtp-detect is not installed (package mtp-tools)"))
  func severalDevicesEachWithItsOptions() throws {
    let stats = folder.path + "/../\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: stats) }
    let output = try VirtualMTPProgram.run([
      "--folder", folder.path, "--serial", "FIRST", "--folder=\(folder.path)", "--profile", "umtp", "--serial",
      "SECOND",
      "--stats", stats, "--", "mtp-detect",
    ])
    #expect(output.status == 0)
    for text in ["Found 2 device(s)", "Serial number: FIRST", "Serial number: SECOND"] {
      #expect(output.text.contains(text), "\(text)")
    }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: stats))) as? [String: Any]
    let operations = json?["operations"] as? [String: Int]
    #expect(operations?["OpenSession 0x1002"] == 1)
    // libmtp resets what announces android.com.
    #expect(json?["resets"] as? Int == 1)
  }

  @Test(.enabled(if: VirtualMTPProgram.has("mtp-files"), "mtp-files is not installed (package mtp-tools)"))
  func aLockedDeviceLooksEmpty() throws {
    let output = try VirtualMTPProgram.run(["--folder", folder.path, "--locked", "3600", "--", "mtp-files"])
    #expect(!output.text.contains("Filename"))
  }
}
