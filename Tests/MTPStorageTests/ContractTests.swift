import StorageContract
import Testing

extension OnDevices {
  @Suite("The storage contract, reading half, over every profile and both transports")
  struct ContractTests {
    @Test(arguments: Route.all, ContractCheck.reading)
    func reading(_ route: Route, _ check: ContractCheck) async throws {
      try await check.run(DeviceFixture(route: route))
    }
  }
}
