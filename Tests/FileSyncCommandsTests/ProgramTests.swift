import Foundation
import Subprocess
import SystemPackage
import Testing

/// The built program itself, as a shell would start it.
@Suite(.fewAtOnce) struct ProgramTests {
  private let world: World
  private let program: Executable
  private let environment: Environment

  init() throws {
    world = try World()
    try world.write("from/a.txt", "first")
    // A machine with USB and no device.
    try world.makeFolder("usb/sys/bus/usb/devices")
    program = .path(FilePath("\(builtProducts)/filesync"))
    environment = .inherit.updating([
      "HOME": world.folder, "XDG_DATA_HOME": world.folder + "/data", "XDG_STATE_HOME": world.folder + "/state",
      "FILESYNC_USB_ROOT": world.folder + "/usb",
    ])
  }

  private func run(_ arguments: String...) async throws -> (status: TerminationStatus, output: String, errors: String) {
    let result = try await Subprocess.run(
      program,
      arguments: Arguments(arguments),
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    return (result.terminationStatus, result.standardOutput, result.standardError)
  }

  @Test func syncsAndExitsWithZero() async throws {
    let first = try await run("sync", "from", "to", "--yes", "--json")
    #expect(first.status == .exited(0))
    #expect(first.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
    #expect(world.read("to/a.txt") == "first")
    let second = try await run("sync", "from", "to", "--yes")
    #expect(second.status == .exited(0))
    #expect(second.output.contains("Nothing copied; 1 file up to date."))
    #expect(second.errors.isEmpty)
  }

  @Test func listsMayComeFromAPipe() async throws {
    try world.write("from/b.txt", "second")
    let result = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: ["-c", "\"$0\" sync from to --yes --files-from <(echo b.txt)", "\(builtProducts)/filesync"],
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .discarded,
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    #expect(world.names("to") == ["b.txt"])
  }

  /// Standard error is hidden while libmtp may write to it; the last words of a crash have to show all the same. The
  /// program waits for the end of a list then. Without Swift's backtraces: their handler returns, which ends a program whose
  /// instruction fails again, and lets one live on that was only sent the signal.
  @Test(arguments: ["ILL", "TRAP", "ABRT", "SEGV"])
  func aCrashShowsItsWords(signal: String) async throws {
    let script = """
      ulimit -c 0; mkfifo list
      "$0" sync from to --yes --files-from list & exec 3> list
      echo "Fatal error: last words" > /proc/$!/fd/2
      kill -$1 $!; wait $!; echo "status $?" >&2
      """
    let result = try await Subprocess.run(
      .path("/usr/bin/timeout"),
      arguments: ["--kill-after=1", "60", "/bin/bash", "-c", script, "\(builtProducts)/filesync", signal],
      environment: environment.updating(["SWIFT_BACKTRACE": "enable=no"]),
      workingDirectory: FilePath(world.folder),
      output: .discarded,
      error: .string(limit: 1 << 20)
    )
    let numbers = ["ILL": 132, "TRAP": 133, "ABRT": 134, "SEGV": 139]
    let status = try #require(numbers[signal])
    #expect(result.standardError.contains("Fatal error: last words\n"))
    #expect(result.standardError.hasSuffix("status \(status)\n"), "\(result.standardError)")
  }

  @Test(arguments: [
    (["devices"], CInt(2), "No MTP device is connected"), (["sync", "mtp:", "to", "--yes"], 2, "Plug it in"),
    (["sync", "from", "to"], 64, "--yes"), (["sync", "from", "from/sub", "--yes"], 64, "lies in the source"),
    (["sync", "none", "to", "--yes"], 4, "does not exist"), (["sync", "from", "mtp:", "--yes"], 2, "Plug it in"),
    (["frobnicate", "a", "b"], 64, "no command 'frobnicate'"), (["ls"], 64, "Usage"),
    (["help", "frobnicate"], 64, "no command 'frobnicate'"),
  ])
  func exitStatuses(arguments: [String], status: CInt, words: String) async throws {
    let result = try await Subprocess.run(
      program,
      arguments: Arguments(arguments),
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(status))
    #expect(result.standardError.contains(words))
    #expect(result.standardOutput == "")
  }

  @Test(arguments: [["ls", "from"], ["sync", "from", "to", "--yes", "--json"], ["--help"]])
  func outputThatIsLostIsAnError(arguments: [String]) async throws {
    let full = try FileDescriptor.open(FilePath("/dev/full"), .writeOnly)
    let result = try await Subprocess.run(
      program,
      arguments: Arguments(arguments),
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .fileDescriptor(full, closeAfterSpawningProcess: true),
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(4))
    #expect(
      result.standardError.hasSuffix(
        """
        filesync: The output could not be written whole: No space left on device.
        Only what the command prints is missing: it did all else.

        """
      )
    )
    #expect((world.read("to/a.txt") == "first") == (arguments[0] == "sync"))
  }

  @Test func aReaderThatGoesAwayIsNoError() async throws {
    let (reader, writer) = try FileDescriptor.pipe()
    try reader.close()
    let result = try await Subprocess.run(
      program,
      arguments: ["ls", "from"],
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .fileDescriptor(writer, closeAfterSpawningProcess: true),
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(0) && result.standardError == "")
  }

  /// A file that is opened gets the lowest number that is free; it must not be that of a stream.
  @Test(arguments: [(">&-", "4"), ("2>&-", "0"), ("<&-", "0"), (">&- 2>&- <&-", "4")])
  func nothingIsPrintedIntoFiles(closed: String, status: String) async throws {
    let script = "\"$0\" sync from to --yes --verbose \(closed); echo $? > status; cmp from/a.txt to/a.txt"
    let result = try await Subprocess.run(
      .path("/bin/sh"),
      arguments: ["-c", script, "\(builtProducts)/filesync"],
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(0), "\(result.standardError)")
    #expect(world.read("status") == status + "\n", "\(result.standardError)")
    #expect(!closed.hasPrefix(">&- ") || result.standardError.isEmpty)
    #expect(closed != ">&-" || result.standardError.contains("could not be written whole: Bad file descriptor."))
    let again = try await run("history")
    #expect(again.status == .exited(0) && again.output.contains("done: 1 copied"))
  }

  /// Of what it is told to go on after, as by `nohup`, and of what is larger than `ulimit -f` allows.
  @Test func whatTheStarterWantsIgnoredIsIgnored() async throws {
    try world.write("from/b.bin", String(repeating: "b", count: 400_000))
    let script = #"""
      trap '' HUP
      "$0" sync mtp: to --yes --wait 3600 2> errors & pid=$!
      until grep -q "^Waiting for it" errors; do kill -0 $pid || exit 10; done
      kill -HUP $pid
      kill -TERM $pid
      wait $pid
      echo $?
      ulimit -f 300
      "$0" sync from to --yes > output 2>&1
      echo $?
      """#
    let result = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: ["-c", script, "\(builtProducts)/filesync"],
      environment: environment,
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(result.standardOutput == "143\n1\n", "\(result.standardError)")
    #expect(world.names("to") == ["a.txt"] && world.read("output")?.contains("File too large") == true)
  }

  @Test(arguments: [(Signal.interrupt, CInt(130)), (.terminate, 143), (.terminalClosed, 129)])
  func signalsEndTheWaiting(signal: Signal, status: CInt) async throws {
    let result = try await Subprocess.run(
      program,
      arguments: ["sync", "mtp:", "to", "--yes", "--wait", "3600"],
      environment: environment,
      workingDirectory: FilePath(world.folder),
      input: .none,
      output: .discarded,
      error: .sequence
    ) { execution in
      var text = ""
      for try await piece in execution.standardError {
        text += unsafe piece.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        if text.hasSuffix("Waiting for it.\n") { try execution.send(signal: signal) }
      }
      return text
    }
    #expect(result.terminationStatus == .exited(status))
    #expect(result.closureResult.hasSuffix("Run the same command again to go on.\n"))
    #expect(!world.names("").contains("to"))
  }
}

/// The folder of the programs that were built with the tests.
let builtProducts: String = {
  let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return (program as NSString).deletingLastPathComponent
}()
