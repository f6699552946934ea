import Foundation
import Testing

@testable import VirtualDevice

/// What a device takes for one name, while others change the folder that it stands on.
@Suite struct FoldedNamesTests {
  private let folder: TemporaryFolder
  private let names = FoldedNames()

  init() throws { folder = try TemporaryFolder() }

  private func find(_ name: String, in path: String? = nil) -> String? {
    names.name(in: path ?? folder.path, likeExceptForCase: name)
  }

  @Test func aFolderIsFollowed() throws {
    try folder.makeFile("Photo.JPG")
    #expect(find("photo.jpg") == "Photo.JPG" && find("other") == nil)
    try folder.makeFile("Other")
    #expect(find("OTHER") == "Other")
    try FileManager.default.moveItem(atPath: folder.path + "/Other", toPath: folder.path + "/Third")
    #expect(find("other") == nil && find("third") == "Third")
    try FileManager.default.removeItem(atPath: folder.path + "/Photo.JPG")
    #expect(find("photo.jpg") == nil)
    try folder.makeFolder("Sub")
    #expect(find("sub") == "Sub")
  }

  @Test func anotherFolderAndAnotherOneAtItsPath() throws {
    try folder.makeFolder("one")
    try folder.makeFolder("two")
    let (one, two) = (folder.path + "/one", folder.path + "/two")
    try folder.makeFile("one/A")
    try folder.makeFile("two/B")
    #expect(find("a", in: one) == "A" && find("b", in: one) == nil)
    #expect(find("b", in: two) == "B" && find("a", in: two) == nil)
    #expect(find("a", in: one) == "A")
    try FileManager.default.removeItem(atPath: one)
    try FileManager.default.moveItem(atPath: two, toPath: one)
    #expect(find("b", in: one) == "B" && find("a", in: one) == nil)
  }

  /// More than the kernel keeps for one who does not ask.
  @Test func moreChangesThanAreTold() throws {
    #expect(find("last") == nil)
    for number in 0..<9000 {
      let path = "\(folder.path)/\(number)"
      unsafe close(open(path, O_CREAT | O_WRONLY, 0o644))
      unsafe unlink(path)
    }
    try folder.makeFile("Last")
    #expect(find("last") == "Last" && find("8999") == nil)
  }
}
