import Foundation
import MTPStorage
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// What the shell offers when somebody presses Tab, by the script that is installed.
@Suite(.fewAtOnce) struct CompletionTests {
  /// Asks bash for what it offers for a line, as its own line editor does: words end at blanks, and before and after colons.
  private static let script = #"""
    "$filesync" --generate-completion-script bash > script && . ./script
    function=$(complete -p filesync | sed -n 's/.* -F \([^ ]*\) filesync$/\1/p')
    try() {
      COMP_LINE=$1 COMP_POINT=${#1}
      mapfile -t COMP_WORDS < <(sed 's/\([^ \\]\)  */\1\n/g' <<< "$1" | sed '/^[^"]*$/s/:/\n:\n/g' | sed -e '/^$/d')
      [[ $1 == *[^\\]" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
      "$function" filesync "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort)
      printf '%s:' "$1"; printf ' [%s]' "${COMPREPLY[@]}"; echo
    }
    [ -n "$function" ] || exit 1
    filesync() { "$filesync" "$@"; }
    """#

  private static func lines(_ output: String) -> [String] { output.split(separator: "\n").map(String.init) }

  @Test func bashOffersCommandsPathsAndValues() async throws {
    let world = try World()
    for path in ["Photos/a.jpg", "Photos/b.jpg", "Photos/sub/c", "Plain", "rules", "a:b/c"] { try world.write(path) }
    for name in ["camera", "cards", "phone"] { try world.write(".config/filesync/profiles/\(name)", "/a\n/b\n") }
    let tries = """
      for line in "filesync his" "filesync comp" "filesync cat Photos/" "filesync copy Photos/a" "filesync sync P" \\
        "filesync sync --filter-from ru" "filesync sync --restore-missing n" "filesync rm none" "filesync cat a:b/" \\
        "filesync run ca" "filesync run p" "filesync profile show c" "filesync profile re" "filesync autorun print ph"
      do try "$line"; done
      """
    let run = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: ["-c", Self.script + "\n" + tries],
      environment: .inherit.updating([
        "filesync": "\(builtProducts)/filesync", "HOME": world.folder, "XDG_CONFIG_HOME": nil,
      ]),
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(run.terminationStatus == .exited(0), "\(run.standardError)")
    #expect(
      Self.lines(run.standardOutput) == [
        "filesync his: [history]", "filesync comp: []",
        "filesync cat Photos/: [Photos/a.jpg] [Photos/b.jpg] [Photos/sub]",
        "filesync copy Photos/a: [Photos/a.jpg]", "filesync sync P: [Photos]",
        "filesync sync --filter-from ru: [rules]", "filesync sync --restore-missing n: [never]", "filesync rm none: []",
        "filesync cat a:b/: [b/c]", "filesync run ca: [camera] [cards]", "filesync run p: [phone]",
        "filesync profile show c: [camera] [cards]", "filesync profile re: [remove]",
        "filesync autorun print ph: [phone]",
      ]
    )
  }

  /// Devices, storages and folders, whose names bash must not obey: the argument parser's own script evaluates what it is
  /// offered.
  @Test func bashOffersLocationsAndObeysNone() async throws {
    let world = try DeviceWorld()
    let hostile = "x$(touch owned)`touch owned`"
    for path in ["phone/DCIM/one.jpg", "phone/My Folder/a b", "phone/\(hostile)/in", "phone/DCIM/.hidden"] {
      try world.world.write(path)
    }
    let tries = #"""

      for line in "filesync ls m" "filesync ls mtp:" "filesync sync from mtp:P" "filesync ls mtp:PHONE/" \
        "filesync copy mtp:/DC mtp:/in" "filesync cat mtp:PHONE/internal/DCIM/" "filesync cat mtp:/internal/DCIM/." \
        'filesync ls mtp:/internal/My\ F' 'filesync ls "mtp:/internal/My' "filesync ls mtp:/internal/x" 'filesync ls "mtp:/internal/x' "filesync ls mtp:no/"
      do try "$line"; done
      """#
    let run = try await world.bash(Self.script + tries, on: DeviceWorld.Device(profile: "android"))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(
      Self.lines(run.output) == [
        "filesync ls m: [mtp:PHONE/]", "filesync ls mtp:: [PHONE/]", "filesync sync from mtp:P: [PHONE/]",
        "filesync ls mtp:PHONE/: [PHONE/internal/]", "filesync copy mtp:/DC mtp:/in: [/internal/]",
        "filesync cat mtp:PHONE/internal/DCIM/: [PHONE/internal/DCIM/one.jpg]",
        "filesync cat mtp:/internal/DCIM/.: [/internal/DCIM/.hidden]",
        "filesync ls mtp:/internal/My\\ F: [/internal/My\\ Folder/]",
        "filesync ls \"mtp:/internal/My: [mtp:/internal/My Folder/]",
        "filesync ls mtp:/internal/x: [/internal/x\\$\\(touch\\ owned\\)\\`touch\\ owned\\`/]",
        "filesync ls \"mtp:/internal/x: [mtp:/internal/x\\$(touch owned)\\`touch owned\\`/]",
        "filesync ls mtp:no/: []",
      ]
    )
    #expect(!world.world.names("").contains("owned") && world.world.names("phone").count == 3)
  }

  // MARK: What is offered

  private func offered(_ typed: String, _ world: World, _ context: CommandContext? = nil) async -> [String] {
    let before = world.output.text.count
    var context = context ?? world.context()
    // Nothing here takes long.
    context.pause = { _ in try? await Task.sleep(for: .seconds(3600)) }
    #expect(await Program.run(["complete-location", "--", typed], context) == .done)
    return world.output.text.dropFirst(before).split(separator: "\n").map(String.init)
  }

  @Test func silentAndShyOfDevicesThatAreTaken() async throws {
    let world = try World()
    try world.write("phone/DCIM/a.jpg")
    world.bus.fill(from: world.folder + "/phone")
    #expect(await offered("mtp:", world).isEmpty)
    let holder = Holder(pid: 7, name: "filesync")
    for state in [DeviceState.busy(holders: [holder]), .forbidden(node: "/dev/x"), .chargingOnly] {
      world.bus.plug(.fake(state: state))
      #expect(await offered("mtp:", world) == ["mtp:2B1111/"])
      for typed in ["mtp:/", "mtp:2B1111/", "mtp:2B1111/internal/", "mtp:/DCIM/"] {
        #expect(await offered(typed, world).isEmpty)
      }
    }
    #expect(world.bus.opened == 0)
    world.bus.plug(.fake())
    #expect(await offered("mtp:2B1111/internal/D", world) == ["mtp:2B1111/internal/DCIM/"])
    #expect(await offered("mtp:/DCIM/", world) == ["mtp:/DCIM/a.jpg"])
    #expect(await offered("mtp:/none/a", world).isEmpty)
    #expect(await offered("mtp:other/", world).isEmpty)
    #expect(await offered("/local", world).isEmpty)
    #expect(world.bus.opened == 3 && world.bus.closed == 3)
    world.bus.lock(true)
    #expect(await offered("mtp:/", world).isEmpty)
    world.bus.lock(false)
    world.bus.plug(.fake(), .fake("Tablet", serial: "T2", address: 6))
    #expect(await offered("mtp:", world) == ["mtp:2B1111/", "mtp:T2/"])
    #expect(await offered("mtp:/", world).isEmpty && world.errors.text.isEmpty)
  }

  /// A run may be between two sessions with its device, which nobody holds then.
  @Test func noDeviceIsOpenedWhileARunGoesOn() async throws {
    let world = try World()
    try world.write("phone/DCIM/a.jpg")
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    var context = world.context()
    let asked = Collected()
    let output = context.output
    context.output.write = { [context] text in
      output.write(text)
      guard text.contains("\"type\":\"started\"") else { return }
      let done = DispatchSemaphore(value: 0)
      Task {
        let found = await LocationCompletion(typed: "mtp:/", context: context).found()
        asked.append("asked\(found)")
        done.signal()
      }
      done.wait()
    }
    #expect(
      await Program.run(["sync", "mtp:/DCIM", "to", "--yes", "--json"], context) == .done,
      "\(world.errors.text)"
    )
    #expect(asked.text == "asked[]")
    #expect(await offered("mtp:/", world) == ["mtp:/internal/"])
  }

  /// Names that a line or a terminal cannot hold are left out.
  @Test func hostileNamesAreNotOffered() async throws {
    let world = try World()
    for name in ["a\nb", "a\u{1B}[2J", "a\u{202E}c", "a$(x)", "a b"] { try world.write("phone/\(name)") }
    world.bus.fill(from: world.folder + "/phone")
    world.bus.plug(.fake())
    #expect(await offered("mtp:/a", world) == ["mtp:/a b", "mtp:/a$(x)"])
    world.bus.plug(.fake(serial: "A\u{7}$(x) b"))
    #expect(await offered("mtp:", world) == ["mtp:A%07%24%28x%29 b/"])
  }

  /// Whoever waits at the keyboard waits seconds at most, whatever the device does.
  @Test func aSilentDeviceIsGivenUp() async throws {
    let world = try DeviceWorld()
    try world.world.write("phone/DCIM/one.jpg")
    let phone = DeviceWorld.Device(profile: "android", options: ["--fault", "silence@GetStorageIDs"])
    let ending = try await world.filesync("complete-location", "--", "mtp:/", on: phone)
    #expect(ending.output.isEmpty && ending.status != .exited(0), "\(ending.status) \(ending.output) \(ending.errors)")
  }

  /// The scripts of the other shells, where these are installed.
  @Test(.enabled(if: zsh != nil, "zsh is not installed here")) func zshTakesItsScript() async throws {
    try await check(try #require(zsh), ["-n"], "zsh", "complete-location")
  }

  @Test(.enabled(if: fish != nil, "fish is not installed here")) func fishTakesItsScript() async throws {
    try await check(try #require(fish), ["--no-execute"], "fish", "complete-location")
  }

  private func check(_ shell: String, _ options: [String], _ name: String, _ part: String) async throws {
    let world = try World()
    let script = try await Subprocess.run(
      .path(FilePath("\(builtProducts)/filesync")),
      arguments: ["--generate-completion-script", name],
      output: .string(limit: 1 << 20)
    )
    let text = script.standardOutput
    #expect(text.contains(part))
    try world.write("script", text)
    let run = try await Subprocess.run(
      .path(FilePath(shell)),
      arguments: Arguments(options + ["\(world.folder)/script"]),
      output: .discarded,
      error: .string(limit: 1 << 20)
    )
    #expect(run.terminationStatus == .exited(0), "\(run.standardError)")
  }
}

private func program(_ name: String) -> String? {
  ["/usr/bin", "/bin", "/usr/local/bin"].map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
}
private let zsh = program("zsh")
private let fish = program("fish")
