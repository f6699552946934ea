import Foundation
import Testing

/// The inputs that the fuzzer of whole sessions came to (`make fuzz`), and those of every fault it has found. They run in
/// a program of their own, whose libusb is the fuzzer's.
@Suite struct SessionCorpusTests {
  @Test func everyInputIsWithstood() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "SessionCorpus")
    let count = try FileManager.default.contentsOfDirectory(atPath: folder.path).count
    #expect(count > 50)
    let replay = Process()
    replay.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "session-replay")
    replay.arguments = [folder.path]
    let output = Pipe()
    replay.standardOutput = output
    replay.standardError = output
    try replay.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    replay.waitUntilExit()
    #expect(replay.terminationStatus == 0 && text.hasSuffix("\(count) inputs withstood\n"), "\(text.suffix(500))")
  }
}
