import Dispatch
import FileSyncCommands
import Foundation

@main
struct FileSync {
  // Not `async`: what that starts would take the number of a standard stream which the shell has closed.
  static func main() {
    Program.prepare()
    Task { exit(await Program.run(Program.arguments)) }
    dispatchMain()
  }
}
