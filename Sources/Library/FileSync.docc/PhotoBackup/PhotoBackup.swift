import FileSync
import Foundation

@main
struct PhotoBackup {
  static func main() async throws {
    guard CommandLine.arguments.count == 3 else {
      print("usage: photo-backup ALBUM JOURNAL")
      exit(64)
    }
    do {
      let ending = try await backUp(to: CommandLine.arguments[1], journal: CommandLine.arguments[2])
      exit(ending == .done ? 0 : 1)
    } catch let error as StorageError {
      print(error.cause)
      exit(2)
    }
  }

  static func backUp(to album: String, journal: String) async throws -> Ending? {
    let album = try LocalStorage.open(album, creating: true)
    let journal = try Journal.open(at: journal)
    return try await withPhone(at: RelativePath("DCIM/Camera") ?? .root) { camera in
      let run = try pictureRun(from: camera, to: album, journal: journal)
      let plan = try await run.plan(control: TransferControl()) { _ in }
      for line in lines(of: plan) { print(line) }
      return await carryOut(plan, of: run)
    }
  }
}
