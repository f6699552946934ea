import FileSyncCommands
import Foundation

@main
struct FileSync {
  static func main() async {
    exit(await Program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
