import Foundation
import Subprocess
import Testing

/// An e-reader, whose root holds two folders without a name.
@Suite(.fewAtOnce) struct NamelessFolderTests {
  @Test func theyComeAndGoWithoutAWord() async throws {
    let world = try DeviceWorld()
    try world.world.write("phone/documents/book.txt")
    let device = DeviceWorld.Device(profile: "ereader")
    // Nothing can be put into folders that nobody can tell apart; and nothing has to be, while they are empty.
    let script = #"""
      set -e
      "$filesync" sync mtp: to --yes; "$filesync" sync to mtp: --yes; "$filesync" sync to mtp: --yes
      [ -d 'to/%' ] && [ -d 'to/% (2)' ]
      echo mine > 'to/% (2)/mine'
      echo; "$filesync" sync to mtp: --yes || echo "exit status $?"
      """#
    let runs = try await world.bash(script, on: device)
    #expect(runs.status == .exited(0) && runs.errors.isEmpty, "\(runs.errors)")
    let (before, after) = try #require(
      runs.output.firstRange(of: "\n\n").map { (runs.output[..<$0.lowerBound], runs.output[$0.upperBound...]) }
    )
    #expect(!before.contains("Left out"), "\(before)")
    #expect(after.contains("Left out: 1 (its name, or that of its folder, is there more than once): % (2)/mine\n"))
    #expect(after.components(separatedBy: "Left out").count == 2 && after.hasSuffix("exit status 1\n"), "\(after)")
  }
}
