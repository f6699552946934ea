import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// What the shell offers when somebody presses Tab, by the script that is installed.
@Suite(.fewAtOnce) struct CompletionTests {
  /// Asks bash for what it offers for a line, as its own line editor does.
  private static let script = """
    "$filesync" --generate-completion-script bash > script && . ./script
    try() {
      COMP_LINE=$1 COMP_POINT=${#1}
      read -ra COMP_WORDS <<< "$1"
      [[ $1 == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
      _filesync filesync "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort)
      printf '%s:' "$1"; printf ' [%s]' "${COMPREPLY[@]}"; echo
    }
    complete -p filesync > /dev/null || exit 1
    for line in "filesync his" "filesync cat Photos/" "filesync copy Photos/a" "filesync sync P" \\
      "filesync sync --filter-from ru" "filesync sync --restore-missing n" "filesync rm none"; do try "$line"; done
    """

  @Test func bashOffersCommandsPathsAndValues() async throws {
    let world = try World()
    for path in ["Photos/a.jpg", "Photos/b.jpg", "Photos/sub/c", "Plain", "rules"] { try world.write(path) }
    let run = try await Subprocess.run(
      .path("/bin/bash"),
      arguments: ["-c", Self.script],
      environment: .inherit.updating(["filesync": "\(builtProducts)/filesync", "HOME": world.folder]),
      workingDirectory: FilePath(world.folder),
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    #expect(run.terminationStatus == .exited(0), "\(run.standardError)")
    let lines = run.standardOutput.split(separator: "\n").map(String.init)
    #expect(
      lines == [
        "filesync his: [history]", "filesync cat Photos/: [Photos/a.jpg] [Photos/b.jpg] [Photos/sub]",
        "filesync copy Photos/a: [Photos/a.jpg]", "filesync sync P: [Photos]",
        "filesync sync --filter-from ru: [rules]", "filesync sync --restore-missing n: [never]", "filesync rm none: []",
      ]
    )
  }
}
