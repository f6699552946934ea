import PTP
import Testing

@testable import VirtualDevice

@Suite struct FaultTests {
  @Test(arguments: [
    ("unplug@GetObject#2+100000", Fault(.unplug, at: .operation(.getObject, occurrence: 2), offset: 100_000)),
    ("reconnect@bytes=5", Fault(.reconnect(.newAddress), at: .bytes(5))),
    ("reconnect=same@transaction=3", Fault(.reconnect(.sameAddress), at: .transaction(3))),
    ("reconnect=4ee2@transaction=3", Fault(.reconnect(.productID(0x4EE2)), at: .transaction(3))),
    ("late@GetObject", Fault(.late, at: .operation(.getObject, occurrence: 1))),
    ("runt=11@transaction=1", Fault(.runt(11), at: .transaction(1))),
    ("length=4294967295@GetObject", Fault(.length(.exactly(.max)), at: .operation(.getObject, occurrence: 1))),
    ("length=-1@transaction=4", Fault(.length(.off(-1)), at: .transaction(4))),
    ("extend=20@transaction=4", Fault(.extend(20), at: .transaction(4))),
    ("short-packet@GetObject+7", Fault(.shortPacket, at: .operation(.getObject, occurrence: 1), offset: 7)),
    (
      "date=20250229T000000@GetObjectInfo#all",
      Fault(.lieAboutDates("20250229T000000"), at: .operation(.getObjectInfo, occurrence: nil))
    ),
    ("date=@GetObjectInfo", Fault(.lieAboutDates(""), at: .operation(.getObjectInfo, occurrence: 1))),
    ("date=a@b+1@GetObjectInfo", Fault(.lieAboutDates("a@b+1"), at: .operation(.getObjectInfo, occurrence: 1))),
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

  @Test func everyFaultIsWrittenAsItIsRead() throws {
    let effects: [Fault.Effect] = [
      .unplug, .reconnect(.newAddress), .reconnect(.sameAddress), .reconnect(.productID(0x4EE2)), .stall, .silence,
      .wedge, .late, .garbage, .runt(0), .runt(11), .wrongTransactionID, .wrongDataID, .length(.exactly(0)),
      .length(.exactly(.max)), .length(.off(5)), .length(.off(-5)), .extend(20), .truncate(7), .shortPacket,
      .noZeroLengthPacket, .extraZeroLengthPacket, .kill, .interrupt, .fillDevice, .loseStorage, .reset, .lock,
      .renumber, .vanish,
      .change, .lieAboutSize(5), .lieAboutSize(-5), .lieAboutDates("20251301T000000"), .lieAboutDates("@#+="),
      .repeatObject, .leaveOut, .cycle, .otherObject, .respond(.generalError),
      .respondAfterAll(ResponseCode(rawValue: 0x2FFF)),
    ]
    let triggers: [Fault.Trigger] = [
      .transaction(12), .bytes(5), .operation(.getObject, occurrence: 1), .operation(.getObject, occurrence: 3),
      .operation(.getObject, occurrence: nil), .operation(OperationCode(rawValue: 0x9FFF), occurrence: 1),
    ]
    let codes = ResponseCode.names.keys.sorted().map { Fault.Effect.respond(ResponseCode(rawValue: $0)) }
    for effect in effects + codes {
      for trigger in triggers {
        for offset in [0, 1, UInt64.max] {
          let fault = Fault(effect, at: trigger, offset: offset)
          #expect(Fault(fault.description) == fault, "\(fault)")
        }
      }
    }
  }

  @Test(arguments: [
    "", "unplug", "@GetObject", "explode@GetObject", "unplug@Nothing", "unplug@GetObject#x", "stall@bytes=",
    "respond=Nothing@GetObject", "unplug@GetObject+x", "runt=12@GetObject", "length=@GetObject",
    "reconnect=x@GetObject",
    "length=4294967296@GetObject", "transaction=1",
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

  @Test(arguments: [Fault.Effect.kill, .truncate(3), .reconnect(.newAddress), .unplug])
  func aFaultAtAByteIsDueUntilThatByteHasGone(_ effect: Fault.Effect) {
    var script = FaultScript([Fault(effect, at: .bytes(1000))])
    let command = Command(.getObject, transactionID: 1, parameters: [1])
    let first = script.faults(in: command)
    #expect(first.map(\.offset) == [1000] && first.reached(by: 999).isEmpty && !first.reached(by: 1000).isEmpty)
    script.count(600)
    #expect(script.faults(in: command).map(\.offset) == [400])
    script.count(400)
    #expect(script.faults(in: command).isEmpty)
    var atOnce = FaultScript([Fault(effect, at: .bytes(0))])
    #expect(atOnce.faults(in: command).map(\.offset) == [0])
    #expect(atOnce.faults(in: command).isEmpty)
  }
}
