internal import ArgumentParser

/// The program's command line.
struct FileSyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "filesync",
    abstract: "Copies files between folders and MTP devices, and keeps their dates.",
    discussion: """
      A location is a path, or mtp:DEVICE/STORAGE/PATH. DEVICE is a serial number, a name or bus:address, and empty \
      for the only one; STORAGE is internal, card, a number or a label, and empty for the only one. \
      `filesync devices` prints locations to paste.

      Without a command, or with mtp: in its place, it has you choose both folders from lists.
      """,
    version: "0.1.0",
    subcommands: [
      DevicesCommand.self, DfCommand.self, LsCommand.self, TreeCommand.self, CatCommand.self, CopyCommand.self,
      SyncCommand.self, CheckCommand.self, DatesCommand.self, MkdirCommand.self, MvCommand.self, RmCommand.self,
      DoctorCommand.self, HistoryCommand.self, LogCommand.self, VaultCommand.self, ProfileCommand.self,
      RunProfileCommand.self, AutorunCommand.self, CompleteLocationCommand.self, ManualPagesCommand.self,
    ]
  )
}

extension FileSyncCommand {
  /// Throws if there is no such command, or none that help is asked for about: argument-parser complains of all words, or
  /// answers with the help of all.
  static func checkCommand(_ arguments: [String]) throws {
    let isHelp = arguments.first == "help"
    var command: any ParsableCommand.Type = self
    for word in isHelp ? arguments.dropFirst() : arguments.prefix(1) where !word.hasPrefix("-") {
      let known = command.configuration.subcommands.first { $0._commandName == word }
      guard let known else {
        let near = command.nearest(to: word).map { " Did you mean '\($0)'?" } ?? ""
        throw ValidationError("There is no command '\(word)'.\(near) `filesync help` lists those that there are.")
      }
      command = known
    }
  }
}
