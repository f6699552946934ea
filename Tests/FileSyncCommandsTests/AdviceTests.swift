import Journal
import Storage
import Testing

@testable import FileSyncCommands
@testable import MTPStorage

@Suite(.fewAtOnce) struct AdviceTests {
  @Test(arguments: StorageError.Reason.allCases)
  func everyReasonHasAStatusAndACure(reason: StorageError.Reason) throws {
    let failure = Failure(StorageError(reason, .stop, cause: "The cause"))
    #expect(failure.status != .done)
    #expect(failure.text.hasPrefix("The cause."))
    // What is not supported says all in its cause.
    if reason != .unsupported { #expect(try #require(failure.cure).count > 10) }
  }

  @Test(arguments: [
    (StorageError.Reason.deviceAbsent, CommandStatus.notReady), (.deviceLost, .notReady), (.deviceLocked, .notReady),
    (.deviceBusy, .notReady), (.deviceCharging, .notReady), (.deviceTimedOut, .notReady),
    (.deviceForbidden, .notPossible), (.permissionDenied, .notPossible), (.noSpace, .notPossible),
    (.notFound, .notPossible), (.readOnly, .notPossible), (.nameNotAllowed, .notPossible),
    (.readingDenied, .notPossible),
    (.unsupported, .notPossible), (.cancelled, .interrupted), (.changed, .someFailed), (.wrongLength, .someFailed),
  ])
  func statuses(reason: StorageError.Reason, status: CommandStatus) { #expect(reason.advice.status == status) }

  @Test func theFileIsNamedAndEscaped() throws {
    let path = try #require(RelativePath("a\u{1B}b"))
    let failure = Failure(StorageError(.noSpace, .stop, path: path, cause: "No room for \u{7}it"))
    #expect(failure.cause == "a\\x1bb: No room for \\x07it")
  }

  @Test(arguments: [
    (DeviceState.forbidden(node: "/dev/bus/usb/001/005"), CommandStatus.notPossible, "udev/70-filesync.rules"),
    (.forbidden(node: "/dev/bus/usb/001/005"), .notPossible, "/dev/bus/usb/001/005"),
    (.busy(holders: [Holder(pid: 42, name: "mtp-detect")]), .notReady, "mtp-detect (process 42)"),
    (.busy(holders: [Holder(pid: 43, name: "kiod6")]), .notReady, "kill 43"),
    (.busy(holders: []), .notReady, "another program"),
    (.chargingOnly, .notReady, "File transfer"),
  ])
  func obstacles(state: DeviceState, status: CommandStatus, words: String) {
    let failure = USBDevice.fake(state: state).obstacle
    #expect(failure.status == status)
    #expect(failure.text.contains(words))
    #expect(failure.mayPass)
  }

  @Test func theRuleIsNamedWhereItIs() throws {
    let world = try World()
    #expect(UdevRule.path(program: world.folder + "/bin/filesync") == "udev/70-filesync.rules")
    try world.write("share/filesync/70-filesync.rules")
    #expect(
      UdevRule.path(program: world.folder + "/bin/filesync") == world.folder + "/share/filesync/70-filesync.rules"
    )
  }

  @Test(arguments: JournalError.Reason.allCases)
  func theJournalsCureIsPassedOn(reason: JournalError.Reason) {
    let failure = Failure(JournalError(reason, cause: "The cause", cure: "The cure"))
    #expect(failure.text == "The cause.\nThe cure.")
    #expect(failure.status == (reason == .locked ? .notReady : reason == .ambiguous ? .refused : .notPossible))
  }
}
