import Storage
import StorageContract
import Testing

private struct MemoryFixture: StorageFixture {
  func withStorage(
    holding tree: [TreeItem],
    _ body: @Sendable (any Storage, any BackingStore) async throws -> Void
  ) async throws {
    let storage = InMemoryStorage()
    for item in tree { try storage.put(item) }
    try await body(storage, storage)
  }
}

@Suite struct InMemoryStorageTests {
  @Test(arguments: ContractCheck.reading + ContractCheck.writing)
  func contract(_ check: ContractCheck) async throws { try await check.run(MemoryFixture()) }
}
