import Foundation
import Testing

/// The inputs that the fuzzer of the decoders came to (`make fuzz`), and those of every fault it has found.
@Suite struct CorpusTests {
  @Test func everyInputIsWithstood() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(files.count > 50)
    for file in files {
      let fault = decodeAsFuzzed([UInt8](try Data(contentsOf: file)))
      #expect(fault == nil, "\(file.lastPathComponent)")
    }
  }
}
