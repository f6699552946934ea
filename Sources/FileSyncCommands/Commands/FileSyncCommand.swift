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
      """,
    version: "0.1.0",
    subcommands: [
      DevicesCommand.self, DfCommand.self, LsCommand.self, CatCommand.self, CopyCommand.self, SyncCommand.self,
      DatesCommand.self, MkdirCommand.self, MvCommand.self, RmCommand.self, DoctorCommand.self, HistoryCommand.self,
      LogCommand.self,
    ]
  )
}
