import Foundation
import Subprocess
import Testing

/// The picker in a terminal: `script` gives the built program one of its own, and bash types.
@Suite(.fewAtOnce) struct PickerTerminalTests {
  private let world: DeviceWorld
  private let phone = DeviceWorld.Device(profile: "android")

  init() throws {
    world = try DeviceWorld()
    let files = world.world
    try files.write("phone/DCIM/Camera/IMG_1.jpg", "first picture")
    try files.write("phone/Music/song.mp3", "la")
    try files.write("from/a.txt", "text")
    try files.makeFolder("from/evil \u{1B}[2J")
  }

  /// Starts what `$1` says in a terminal of 60 columns and 14 lines. `expect` waits for words on its screen that come after
  /// those of before, `type` types.
  private static let driver = #"""
    start() {
      coproc TTY { exec script -qfec "stty rows 14 cols 60; stty -g > before; $1; stty -g > after" /dev/null; }
      shell=$TTY_PID
    }
    seen=
    expect() {
      until [[ $seen == *"$1"* ]]; do
        IFS= read -r -d '' -n 1 -t 60 letter <&"${TTY[0]}" || { echo "no $1 in: ${seen@Q}"; exit 1; }
        seen+=$letter
        printf %s "$letter" >> screen
      done
      seen=${seen##*"$1"}
    }
    type() { printf "$1" >&"${TTY[1]}"; }
    export TERM=xterm LC_ALL=C.UTF-8

    """#

  private func run(_ script: String, on devices: DeviceWorld.Device...) async throws -> DeviceWorld.Ending {
    devices.isEmpty
      ? try await world.plugged([], ["/bin/bash", "-c", Self.prepared + script])
      : try await world.bash(Self.driver + script, on: devices[0])
  }

  private static var prepared: String { "filesync=\(builtProducts)/filesync\n" + driver }

  @Test func aPhoneIsChosenCopiedKeptAndChosenAgain() async throws {
    let ending = try await run(
      #"""
      start "$filesync mtp:; echo \$? > status"
      expect "Copy from: mtp:PHONE/internal"
      expect "[use this folder]"
      expect "DCIM/"
      type 'dc\r'
      expect "internal/DCIM"
      expect "[use this folder]"
      type '\r'
      expect "Copy to:"
      expect "Home"
      type '\r'
      expect "[new folder]"
      type '\033[B\033[C'
      expect "Name of the new folder"
      type 'copy\r'
      expect "Confirm or c"
      ls copy > made 2>&1
      type 'c\n'
      expect "1 file copied"
      expect "A name for it"
      type 'daily\n'
      expect "Start again"
      type 'y\n'
      expect "Copy from:"
      type 'q'
      wait $shell
      cmp before after && cat status && cat made && cat config/filesync/profiles/daily
      """#,
      on: phone
    )
    #expect(ending.status == .exited(0), "\(ending.output)\(ending.errors)")
    #expect(ending.output.contains("0\nls: cannot access 'copy'"), "\(ending.output)\(ending.errors)")
    #expect(ending.output.hasSuffix("\nmtp:PHONE/internal/DCIM\n\(world.world.folder)/copy\n"))
    #expect(world.world.read("copy/Camera/IMG_1.jpg") == "first picture")
    let screen = world.world.read("screen") ?? ""
    #expect(screen.contains("\u{1B}[?1049h\u{1B}[?25l") && screen.contains("\u{1B}[?25h\u{1B}[?1049l"))
  }

  /// On every way out the terminal is what it was.
  @Test(arguments: [
    ("type q", "5"), (#"type '\033'"#, "5"), (#"type '\003'"#, "130"), (#"type '\004'"#, "5"),
    ("kill -TERM $(cat pid)", "143"), ("kill -HUP $(cat pid)", "129"),
  ])
  func everyWayOutGivesTheTerminalBack(way: String, status: String) async throws {
    let ending = try await run(
      #"""
      start "trap : INT TERM HUP; sh -c 'echo \$\$ > pid; exec $filesync'; echo \$? > status"
      expect "Copy from:"
      expect "Esc, q: leave"
      \#(way)
      wait $shell
      cmp before after && cat status
      """#
    )
    #expect(ending.output == status + "\n", "\(ending.output)\(ending.errors)\(world.world.read("screen") ?? "")")
  }

  @Test func itIsSuspendedAndGoesOnInAnotherWindow() async throws {
    let ending = try await run(
      #"""
      start "bash -c 'set -m; \"$filesync\"; stty -g > stopped; stty rows 10 cols 40; fg; echo \$? > status'"
      expect "Esc, q: leave"
      type '/'
      expect "Only with"
      type 'ho'
      expect "Only with: ho_"
      type '\032'
      expect $'\033[?1049l'
      expect "Only with: ho_"
      type '\r'
      expect "from/"
      type 'q'
      wait $shell
      cmp before stopped && cmp before after; cat status
      """#
    )
    // The window's size is no part of what `stty -g` tells.
    #expect(ending.output == "5\n", "\(ending.output)\(ending.errors)\(world.world.read("screen") ?? "")")
  }

  @Test func namesAndErrorsAreHarmless() async throws {
    let ending = try await run(
      #"""
      start "$filesync sync; echo \$? > status"
      expect "Home"
      type '\r'
      expect "from/"
      type 'fr\r'
      expect "evil "
      type '\033[F\r'
      expect "/from/evil"
      rm -r from/evil*
      type '\177\177q'
      wait $shell
      cmp before after; cat status
      """#
    )
    #expect(ending.output == "5\n", "\(ending.output)\(ending.errors)")
    let screen = world.world.read("screen") ?? ""
    #expect(screen.contains(#"evil \x1b[2J/"#) && !screen.contains("\u{1B}[2J"))
  }

  /// A phone that is locked, and one that goes away while it is looked at.
  @Test(arguments: [
    (["--locked", "3600"], "Unlock it", #"type '\r'"#),
    (["--fault", "unplug@GetObjectPropList#8"], "unplugged", #"expect 'DCIM/'; type 'dcim\r'"#),
  ])
  func troubleIsALineAndLeadsBack(options: [String], words: String, way: String) async throws {
    let ending = try await run(
      #"""
      export FILESYNC_TIMEOUT=1
      start "$filesync mtp:; echo \$? > status"
      \#(way)
      expect "\#(words)"
      type q
      wait $shell
      cmp before after; cat status
      """#,
      on: DeviceWorld.Device(profile: "android", options: options)
    )
    #expect(ending.output == "5\n", "\(ending.output)\(ending.errors)\(world.world.read("screen") ?? "")")
  }

  /// A terminal that understands no sequences gets lists, as a pipe does.
  @Test func aDumbTerminalGetsLists() async throws {
    let ending = try await run(
      #"""
      start "TERM=dumb $filesync; echo \$? > status"
      expect "1  Home"
      type '1\n'
      expect "number or name"
      type 'from\n'
      expect ". this folder"
      type '.\n'
      expect "Copy to"
      type 'q\n'
      wait $shell
      cmp before after; cat status
      printf '1\nfrom\n.\n1\n+to\nc\n' | "$filesync" > told 2>&1
      echo $?
      "$filesync" < /dev/null 2>&1 | head -n 1
      printf '' | "$filesync" 2> /dev/null
      echo $?
      cat to/a.txt
      """#
    )
    #expect(ending.output.hasPrefix("5\n0\nOVERVIEW: "), "\(ending.output)\(ending.errors)")
    #expect(ending.output.hasSuffix("\n64\ntext"), "\(ending.output)")
    #expect(!(world.world.read("screen") ?? "").contains("\u{1B}"))
  }
}
