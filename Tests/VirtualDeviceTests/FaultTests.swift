import PTP
import Testing

@testable import VirtualDevice

@Suite struct FaultTests {
  @Test(arguments: [
    ("unplug@GetObject#2+100000", Fault(.unplug, at: .operation(.getObject, occurrence: 2), offset: 100_000)),
    ("reconnect@bytes=5", Fault(.reconnect, at: .bytes(5))),
    ("respond=DeviceBusy@transaction=12", Fault(.respond(.deviceBusy), at: .transaction(12))),
    ("respond=0x2019@0x1009", Fault(.respond(.deviceBusy), at: .operation(.getObject, occurrence: 1))),
    ("size=-5@GetObjectInfo#all", Fault(.lieAboutSize(-5), at: .operation(.getObjectInfo, occurrence: nil))),
    ("size=+5@GetObjectInfo", Fault(.lieAboutSize(5), at: .operation(.getObjectInfo, occurrence: 1))),
    ("truncate=7@GetObject", Fault(.truncate(7), at: .operation(.getObject, occurrence: 1))),
    ("no-zlp@GetObject", Fault(.noZeroLengthPacket, at: .operation(.getObject, occurrence: 1))),
    ("full@SendObject+5000", Fault(.fillDevice, at: .operation(.sendObject, occurrence: 1), offset: 5000)),
    (
      "respond-after=AccessDenied@SendObject#2",
      Fault(.respondAfterAll(.accessDenied), at: .operation(.sendObject, occurrence: 2))
    ),
    ("kill@SendObjectInfo#2", Fault(.kill, at: .operation(.sendObjectInfo, occurrence: 2))),
    ("wrong-id@transaction=1", Fault(.wrongTransactionID, at: .transaction(1))),
  ])
  func text(text: String, fault: Fault) {
    #expect(Fault(text) == fault)
  }

  @Test(arguments: [
    "", "unplug", "@GetObject", "explode@GetObject", "unplug@Nothing", "unplug@GetObject#x", "stall@bytes=",
    "respond=Nothing@GetObject", "unplug@GetObject+x",
  ])
  func notAFault(text: String) {
    #expect(Fault(text) == nil)
  }

  @Test func faultsComeWhenTheyShould() {
    var script = FaultScript([
      Fault(.stall, at: .transaction(2)),
      Fault(.silence, at: .operation(.getObject, occurrence: 2), offset: 3),
      Fault(.wrongTransactionID, at: .operation(.getObject, occurrence: nil)),
      Fault(.unplug, at: .bytes(150)),
    ])
    func effects(_ code: OperationCode) -> [String] {
      script.faults(in: Command(code, transactionID: 1)).map { "\($0.effect)+\($0.offset)" }
    }
    #expect(effects(.openSession) == ["unplug+150"])
    #expect(effects(.getObject) == ["stall+0", "wrongTransactionID+0", "unplug+150"])
    script.count(100)
    #expect(effects(.getObject) == ["silence+3", "wrongTransactionID+0", "unplug+50"])
    script.count(100)
    #expect(effects(.getObject) == ["wrongTransactionID+0"])
  }
}
