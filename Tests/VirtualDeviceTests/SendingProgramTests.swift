import Foundation
import Testing

/// Programs that know nothing of this project must be able to write to the devices, and lose dates there as they do in
/// real life.
@Suite struct SendingProgramTests {
  private let device: TemporaryFolder
  private let source: TemporaryFolder
  private let sizes = ["empty": 0, "p500.bin": 500, "p501.bin": 501, "p16372.bin": 16_372, "large.bin": 700_000]

  init() throws {
    device = try TemporaryFolder()
    try device.makeFolder("Download")
    source = try TemporaryFolder()
    for (name, size) in sizes { try source.makeFile(name, pattern(size), modified: 1_000_000_000) }
  }

  /// Whether the files are on the device as they are in the source, but dated now.
  private func expectAllSent(to folder: String) {
    for (name, size) in sizes {
      let isWhole = device.bytes("\(folder)/\(name)") == pattern(size)
      #expect(isWhole, "\(name)")
      #expect(device.modified("\(folder)/\(name)").map { $0 > 1_700_000_000 } == true, "\(name)")
    }
  }

  @Test(
    .enabled(if: VirtualMTPProgram.has("mtp-sendfile"), "mtp-sendfile is not installed (package mtp-tools)"),
    arguments: ["android", "android-legacy", "umtp", "player"]
  )
  func mtpTools(profile: String) throws {
    let device = ["--folder", device.path, "--profile", profile, "--"]
    let script = """
      cd "$1" || exit 9
      for file in *; do mtp-sendfile "$file" /Download || exit 1; done
      mtp-newfolder Music 1 0x10001 || exit 2
      mtp-folders
      """
    let output = try VirtualMTPProgram.run(device + ["sh", "-c", script, "sh", source.path])
    #expect(output.status == 0, "\(output.text)")
    #expect(output.text.contains("Download") && output.text.contains("Music"))
    expectAllSent(to: "Download")
    #expect(self.device.names == ["Download"])
    #expect(FileManager.default.fileExists(atPath: self.device.path + "/Download/Music"))

    let deleting = try VirtualMTPProgram.run(device + ["mtp-delfile", "-f", "/Download/p500.bin"])
    #expect(deleting.status == 0)
    #expect(self.device.bytes("Download/p500.bin") == nil)
    #expect(self.device.bytes("Download/p501.bin") != nil)
  }

  @Test(.enabled(if: VirtualMTPProgram.has("mtp-sendfile"), "mtp-sendfile is not installed (package mtp-tools)"))
  func aWatchTakesFilesAndDeletesNone() throws {
    let script = """
      mtp-sendfile "$1/p500.bin" /Download || exit 1
      mtp-delfile -f /Download/p500.bin && exit 2
      exit 0
      """
    let output = try VirtualMTPProgram.run(
      ["--folder", device.path, "--profile", "garmin", "--", "sh", "-c", script, "sh", source.path]
    )
    #expect(output.status == 0, "\(output.text)")
    #expect(device.bytes("Download/p500.bin") == pattern(500))
  }

  @Test(.enabled(if: VirtualMTPProgram.has("mtp-sendfile"), "mtp-sendfile is not installed (package mtp-tools)"))
  func libmtpCannotSendToAnEReader() throws {
    // As on the real one (libmtp#436).
    let output = try VirtualMTPProgram.run([
      "--folder", device.path, "--profile", "ereader", "--", "mtp-sendfile", source.path + "/p500.bin", "/Download",
    ])
    #expect(output.status != 0)
    #expect(output.text.lowercased().contains("a806"), "\(output.text)")
    #expect(device.names == ["Download"])
  }

  @Test(.enabled(if: VirtualMTPProgram.has("mtp-sendfile"), "mtp-sendfile is not installed (package mtp-tools)"))
  func androidsRootIsClosedToLibmtp() throws {
    // libmtp sends the parent 0, which is no object there.
    let output = try VirtualMTPProgram.run([
      "--folder", device.path, "--", "mtp-sendfile", source.path + "/p500.bin", "/",
    ])
    #expect(output.status != 0)
    #expect(device.names == ["Download"])
  }

  @Test(
    .enabled(if: VirtualMTPProgram.has("mtp-sendfile"), "mtp-sendfile is not installed (package mtp-tools)"),
    arguments: ["android", "player"]
  )
  func aFullDevice(profile: String) throws {
    let output = try VirtualMTPProgram.run([
      "--folder", device.path, "--profile", profile, "--space", "10000", "--", "mtp-sendfile",
      source.path + "/p16372.bin", "/Download",
    ])
    #expect(output.status != 0)
    #expect(output.text.contains("200c") || output.text.contains("full"), "\(output.text)")
    #expect(device.bytes("Download/p16372.bin") == nil)
  }

  @Test(
    .enabled(if: VirtualMTPProgram.has("jmtpfs"), "jmtpfs is not installed"),
    .enabled(if: VirtualMTPProgram.canMount, "FUSE cannot be used here"),
    arguments: ["android", "umtp", "player"]
  )
  func jmtpfs(profile: String) throws {
    let mount = try TemporaryFolder()
    let storage = ["android": "Internal shared storage", "umtp": "home folder", "player": "Internal Memory"][profile]
    let script = """
      jmtpfs "$1" >/dev/null 2>&1 || exit 9
      cd "$1/$3" || status=8
      mkdir Download/New || status=1
      cp -p "$2"/* Download/New/ || status=2
      mv Download/New/p500.bin Download/New/renamed || status=3
      rm Download/New/p501.bin || status=4
      cp "$2/p500.bin" . 2>/dev/null && echo "the root is open"
      cd /
      fusermount -u "$1" || umount "$1"
      exit ${status:-0}
      """
    let output = try VirtualMTPProgram.run(
      [
        "--folder", device.path, "--profile", profile, "--", "sh", "-c", script, "sh", mount.path, source.path,
        storage ?? "",
      ]
    )
    #expect(output.status == 0, "\(output.text)")
    #expect(output.text.contains("the root is open") == (profile != "android"))
    #expect(device.bytes("Download/New/p501.bin") == nil)
    let isWhole = device.bytes("Download/New/large.bin") == pattern(700_000)
    #expect(isWhole)
    #expect(try #require(device.modified("Download/New/large.bin")) > 1_700_000_000, "jmtpfs cannot keep a date")
    #expect(device.bytes("Download/New/renamed") == pattern(500))
  }
}
