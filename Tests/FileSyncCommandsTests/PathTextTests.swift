import Foundation
import Storage
import StorageContract
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

@Suite struct PathTextTests {
  @Test func everyNameComesThrough() {
    var numbers = SeededNumbers(state: 1)
    // Much of it that begins like a character, and like those that stand for bytes.
    let pieces: [[UInt8]] = [
      [0x61], [0xC3], [0xA9], [0xC3, 0xA9], [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x8F],
      [0xED, 0xA0, 0x80],
      [0xFF], [0x2F], [0xCC, 0x81],
    ]
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...6, using: &numbers)).flatMap { _ in
        pieces.randomElement(using: &numbers) ?? []
      }
      let text = String(pathBytes: bytes)
      #expect(text.pathBytes == bytes)
      #expect(FilePath(pathText: text).pathText == FilePath(bytes: bytes).pathText)
      if let utf8 = String(validating: bytes, as: UTF8.self),
        !utf8.unicodeScalars.contains(where: { $0.pathByte != nil })
      {
        #expect(text.utf8.elementsEqual(bytes))
      }
      #expect(shown(text) == shown(bytes))
    }
  }

  @Test func aMarkBehindASlashIsAName() throws {
    let world = try World()
    try world.makeFolder("d")
    let path = try LocalPath("\(world.folder)/d/\u{301}x", from: "/", following: false)
    #expect(path.path.components.last.map { Array($0) } == Array("\u{301}x".utf8))
    #expect(absolutePath("/\u{301}x", from: "/home") == "/\u{301}x")
  }

  /// All commands, as a shell calls them that has put names in place of `*`.
  @Test(.fewAtOnce) func commandsTakeNamesThatAreNoUTF8() async throws {
    let world = try World()
    try world.makeFolder("usb/sys/bus/usb/devices")
    let script = """
      set -ex
      e=$'\\xe9'; mkdir "in$e" "in$e/sub$e"; cd "in$e"
      printf one > "one$e"; printf two > two.txt; printf deep > "sub$e/deep"; printf private > $'\\xf4\\x8f\\xbf\\xa9'
      touch -d @1234567890 *; cd ..
      mkdir there; "$0" copy --yes "in$e"/* there; diff -r "in$e" there; [ "$(stat -c %Y "there/one$e")" = 1234567890 ]
      "$0" sync "in$e" "out$e" --yes; diff -r "in$e" "out$e"; rm -r "out$e/sub$e"
      (cd "in$e"; find . -type f) > list; "$0" sync "$PWD/in$e" "new$e" --files-from list --yes; diff -r "in$e" "new$e"
      (cd "in$e"; "$0" sync . "../from-here$e" --yes); diff -r "in$e" "from-here$e"
      [ "$("$0" cat "in$e/one$e")" = one ]; "$0" ls "in$e" | grep -F 'one\\xe9'; "$0" tree "in$e" | grep -F 'sub\\xe9'
      "$0" ls "in$e" --json | grep -F pathBytes
      "$0" mkdir -p "made$e/more$e"; [ -d "made$e/more$e" ]
      "$0" mv --yes "there/one$e" "made$e/moved$e"; [ "$(cat "made$e/moved$e")" = one ]; [ ! -e "there/one$e" ]
      "$0" rm --yes "made$e/moved$e"; [ ! -e "made$e/moved$e" ]
      "$0" check "in$e" "from-here$e"; "$0" dates "in$e" "from-here$e" --yes
      "$0" sync "in$e" "vault$e" --yes; printf other > "in$e/one$e"; "$0" sync "in$e" "vault$e" --mirror --yes
      n=$("$0" vault list "vault$e" --json | grep -o '"number":[0-9]*' | grep -o '[0-9]*')
      "$0" vault restore "$n" "one$e" --from "vault$e" --overwrite --yes; [ "$(cat "vault$e/one$e")" = one ]
      printf one > "in$e/one$e"
      "$0" profile add p "in$e" "by-profile$e"; "$0" run p --yes; diff -r "in$e" "by-profile$e"
      "$0" sync "in$e" "in$e/sub$e" --yes 2> nested && exit 1; grep -F 'lies in the source' nested
      "$0" sync "in$e" "none$e" --exclude "$e*" --yes 2> pattern && exit 1; grep -F 'is text in UTF-8' pattern
      "$0" ls "none$e" 2> none && exit 1; grep -F 'none\\xe9 does not exist' none
      "$0" "$e" 2> word && exit 1; grep -F '\\xe9' word
      "$0" history > history; grep -F 'in\\xe9' history; grep $'\\xef\\xbf\\xbd' history && exit 1; "$0" log
      printf new > "in$e/one$e"; "$0" sync "in$e" "out$e" --yes; "$0" vault > vault; grep -F '/out\\xe9 ' vault
      "$0" vault restore "$(tail -n 1 vault | cut -d ' ' -f 1)" --overwrite --yes; [ "$(cat "out$e/one$e")" = one ]
      """
    let result = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: ["-c", script, "\(builtProducts)/filesync"],
      environment: .inherit.updating([
        "HOME": world.folder, "XDG_DATA_HOME": world.folder + "/data", "XDG_STATE_HOME": world.folder + "/state",
        "XDG_CONFIG_HOME": world.folder + "/config", "FILESYNC_USB_ROOT": world.folder + "/usb", "LC_ALL": "C",
      ]),
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(result.terminationStatus == .exited(0), "\(result.standardError.suffix(2000))")
  }
}
