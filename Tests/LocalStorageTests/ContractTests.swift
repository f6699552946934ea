import LocalStorage
import Storage
import StorageContract
import SystemPackage
import Testing

@testable import LocalStorage

/// A new folder for each check.
private struct LocalFixture: StorageFixture {
  /// As on an old kernel.
  var isPlain = false
  /// Where the folder is made.
  var parent: String?

  func withStorage(
    holding tree: [TreeItem],
    _ body: @Sendable (any Storage, any BackingStore) async throws -> Void
  ) async throws {
    let folder = try FolderStore(holding: tree, in: parent)
    try await body(try LocalStorage.open(FilePath(folder.path), plainly: isPlain), folder)
  }
}

@Suite struct LocalContractTests {
  @Test(arguments: ContractCheck.reading) func reading(_ check: ContractCheck) async throws {
    try await check.run(LocalFixture())
  }

  @Test(arguments: ContractCheck.writing) func writing(_ check: ContractCheck) async throws {
    try await check.run(LocalFixture())
  }

  @Test(arguments: ContractCheck.reading + ContractCheck.writing)
  func withoutNewSystemCalls(_ check: ContractCheck) async throws { try await check.run(LocalFixture(isPlain: true)) }

  /// Another file system than the one above, on most machines.
  @Test(arguments: ContractCheck.reading + ContractCheck.writing)
  func onMemoryFileSystem(_ check: ContractCheck) async throws {
    try await check.run(LocalFixture(parent: "/dev/shm"))
  }
}
