internal import Foundation

/// Feeds the files that are its arguments, or in the folders that are, to ``FuzzedSession``, one after the other; ends
/// at the first that is not withstood.
@main enum Replay {
  static func main() throws {
    let session = try FuzzedSession()
    var count = 0
    for path in CommandLine.arguments.dropFirst() {
      let names = try? FileManager.default.contentsOfDirectory(atPath: path).sorted()
      for file in names?.map({ path + "/" + $0 }) ?? [path] {
        let input = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        // Before it can trap: the last line names the culprit.
        print(file)
        if let fault = session.run(input) { fatalError(fault) }
        count += 1
      }
    }
    print("\(count) inputs withstood")
  }
}
