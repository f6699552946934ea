internal import ArgumentParser
internal import Foundation

/// `filesync manual-pages`, by which the installation gets a page for each command.
struct ManualPagesCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "manual-pages", shouldDisplay: false)

  @Argument var folder: String

  var json: Bool { false }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let day = context.now().formatted(
      .verbatim(
        "\(month: .wide) \(day: .defaultDigits), \(year: .defaultDigits)",
        locale: Locale(identifier: "en_US_POSIX"),
        timeZone: .gmt,
        calendar: Calendar(identifier: .gregorian)
      )
    )
    let path = folder.hasPrefix("/") ? folder : "\(context.workingDirectory)/\(folder)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for page in try ManualPage.all(day: day) {
        try Data(page.text.utf8).write(to: URL(filePath: "\(path)/\(page.name).1"))
      }
    } catch { throw Failure(.notPossible, "The manual pages cannot be written to \(shown(path)): \(error)") }
    return .done
  }
}
