public import PTP

/// Something that goes wrong on purpose, once or every time.
public struct Fault: Hashable, Sendable {
  /// When.
  public enum Trigger: Hashable, Sendable {
    /// At the Nth command since the device was first plugged in, from 1.
    case transaction(Int)
    /// At the Nth command of a kind, from 1; at every one if `occurrence` is `nil`.
    case operation(OperationCode, occurrence: Int?)
    /// As soon as that many bytes of data have gone to the host or come from it, in all transactions together.
    case bytes(UInt64)
  }

  /// What.
  public enum Effect: Hashable, Sendable {
    /// The cable is pulled.
    case unplug
    /// The cable is pulled and put in again.
    case reconnect
    /// The endpoint to the host halts, or the one that a file's data is coming through; the transaction is over.
    case stall
    /// Nothing more is sent in this transaction, and nothing more of a file's data is read before the host cancels.
    case silence
    /// Nothing is ever sent again, until a bus reset.
    case wedge
    /// Nonsense is sent in place of a container; the transaction is over.
    case garbage
    /// Refused with this code, without data; a file's data is read up to there only.
    case respond(ResponseCode)
    /// All is done as it should be, but the response says this.
    case respondAfterAll(ResponseCode)
    /// All is done as it should be, and the host's program is killed before it gets the response, which waits for the next
    /// one.
    case kill
    /// The device has no more room from here on in a file's data.
    case fillDevice
    /// The response carries the next transaction's id.
    case wrongTransactionID
    /// The data ends that many bytes early, and the response is OK.
    case truncate(UInt64)
    /// Sizes that this command reports are off by that many bytes.
    case lieAboutSize(Int64)
    /// The zero-length packet that should end the data is left out.
    case noZeroLengthPacket
  }

  public var effect: Effect
  public var trigger: Trigger
  /// How many bytes of this transaction's data, in whichever direction, go before it happens.
  public var offset: UInt64

  public init(_ effect: Effect, at trigger: Trigger, offset: UInt64 = 0) {
    self.effect = effect
    self.trigger = trigger
    self.offset = offset
  }

  /// How faults are written on a command line.
  public static let syntax = """
    EFFECT@TRIGGER[+BYTES]. EFFECT: unplug, reconnect, stall, silence, wedge, garbage, respond=CODE, \
    respond-after=CODE, kill, full, wrong-id, truncate=BYTES, size=+BYTES or size=-BYTES, no-zlp. \
    TRIGGER: transaction=N, bytes=N, OPERATION, OPERATION#N, OPERATION#all. Examples: unplug@GetObject#2+100000, full@SendObject+5000
    """

  /// Reads the form of ``syntax``; `nil` if it is not of that form.
  public init?(_ text: String) {
    let halves = text.split(separator: "@", maxSplits: 1)
    guard halves.count == 2 else { return nil }
    guard let effect = Self.effect(halves[0]) else { return nil }
    let parts = halves[1].split(separator: "+", maxSplits: 1)
    guard let first = parts.first, let trigger = Self.trigger(first) else { return nil }
    guard let offset = parts.count == 2 ? UInt64(parts[1]) : 0 else { return nil }
    self.init(effect, at: trigger, offset: offset)
  }

  private static func effect(_ text: Substring) -> Effect? {
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else {
      return [
        "unplug": .unplug, "reconnect": .reconnect, "stall": .stall, "silence": .silence, "wedge": .wedge,
        "garbage": .garbage, "kill": .kill, "full": .fillDevice, "wrong-id": .wrongTransactionID,
        "no-zlp": .noZeroLengthPacket,
      ][text]
    }
    return switch parts[0] {
    case "respond": ResponseCode(parts[1]).map(Effect.respond)
    case "respond-after": ResponseCode(parts[1]).map(Effect.respondAfterAll)
    case "truncate": UInt64(parts[1]).map(Effect.truncate)
    case "size": Int64(parts[1]).map(Effect.lieAboutSize)
    default: nil
    }
  }

  private static func trigger(_ text: Substring) -> Trigger? {
    if text.hasPrefix("transaction=") { return Int(text.dropFirst(12)).map(Trigger.transaction) }
    if text.hasPrefix("bytes=") { return UInt64(text.dropFirst(6)).map(Trigger.bytes) }
    let parts = text.split(separator: "#", maxSplits: 1)
    guard let name = parts.first, let operation = OperationCode(name) else { return nil }
    if parts.count == 1 { return .operation(operation, occurrence: 1) }
    if parts[1] == "all" { return .operation(operation, occurrence: nil) }
    return Int(parts[1]).map { .operation(operation, occurrence: $0) }
  }
}
