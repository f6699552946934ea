import Foundation
import Subprocess
import Testing

@testable import FileSyncCommands

/// The manual pages: those made from the definitions of the arguments, and filesync(1), written by hand.
@Suite(.fewAtOnce) struct ManualTests {
  private static func allArguments(_ command: CommandDescription) -> [CommandDescription.Argument] {
    command.shownArguments + command.shownSubcommands.flatMap(allArguments)
  }

  /// The options that a page written in mdoc(7) tells of.
  private static func options(_ text: String) -> Set<String> {
    Set(text.matches(of: /Fl Fl ([A-Za-z\\-]+)/).map { String($0.1).replacing("\\", with: "") })
  }

  private static func longNames(_ arguments: [CommandDescription.Argument]) -> Set<String> {
    Set(arguments.flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name))
  }

  @Test func everyCommandHasAPageWithAllItsOptions() throws {
    let pages = try ManualPage.all(day: "November 23, 2026")
    let commands = try CommandDescription.ofProgram().shownSubcommands
    #expect(pages.map(\.name) == commands.map { "filesync-\($0.commandName)" } && commands.count > 15)
    for (page, command) in zip(pages, commands) {
      #expect(Self.options(page.text) == Self.longNames(Self.allArguments(command)), "\(page.name)")
    }
    let sync = try #require(pages.first { $0.name == "filesync-sync" }?.text)
    let about = "copies what is missing or changed, dates kept; deletes nothing without"
    #expect(sync.contains(".Nd \(about) \\-\\-mirror or \\-\\-two\\-way\n"))
    #expect(sync.contains(".Op Fl n | Fl Fl dry\\-run\n") && sync.contains(".Op Fl Fl exclude Ar pattern ...\n"))
    #expect(sync.contains(".It Fl Fl keep\\-logs Ar runs\nHow many runs' logs stay.\nIf not given, 30.\n"))
    #expect(sync.contains(" files; \\fBfilesync vault\\fP lists it"))
    let vault = try #require(pages.first { $0.name == "filesync-vault" }?.text)
    #expect(vault.contains(".Ss filesync vault prune\n"))
  }

  /// Nothing is there that the page does not tell, and nothing else.
  @Test func thePageOfAllCommandsKnowsEveryOption() throws {
    let page = try Documentation("docs/filesync.1").text
    let program = try CommandDescription.ofProgram()
    let known = Self.longNames(Self.allArguments(program))
    #expect(Self.options(page).symmetricDifference(known).subtracting(["help", "version"]).isEmpty)
    for command in program.shownSubcommands {
      #expect(page.contains(try Regex("\\.Cm (\\w+ \\| )?\(command.commandName)\\b")), "\(command.commandName)")
    }
  }

  @Test func theyRenderWithoutAWarning() async throws {
    let world = try DeviceWorld()
    let script = """
      "$filesync" manual-pages pages && cp "$1" pages
      for page in pages/*.1; do
        LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "$page" | col -b > "$page.txt"
      done
      """
    let page = Documentation.root.appending(path: "docs/filesync.1").path
    let run = try await world.bash(script, page)
    #expect(run.status == .exited(0) && run.errors.isEmpty, "\(run.errors)")
    let sync = try #require(world.world.read("pages/filesync-sync.1.txt"))
    let words = sync.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("filesync sync [-n | --dry-run]"), "\(words.prefix(400))")
    #expect(words.contains("--conflict which Where both sides have changed a file"))
    #expect(world.world.read("pages/filesync.1.txt")?.contains("FILTERS") == true)
  }
}
