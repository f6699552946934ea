internal import PTP

// How faults are written on a command line.
extension Fault: LosslessStringConvertible {
  /// What can be written.
  public static let syntax = """
    EFFECT@TRIGGER[+BYTES]. EFFECT: unplug, reconnect, reconnect=same (address), reconnect=PRODUCT (hexadecimal), stall, \
    silence, wedge, late, reset; garbage, runt=BYTES, wrong-id, wrong-data-id, length=BYTES, length=+BYTES or length=-BYTES, \
    extend=BYTES, truncate=BYTES, short-packet, no-zlp, extra-zlp; respond=CODE, respond-after=CODE, kill, interrupt; \
    full, \
    lose-storage, lock, renumber, vanish, change, corrupt; size=+BYTES or size=-BYTES, date=TEXT, repeat, leave-out, cycle, \
    other-object. TRIGGER: transaction=N, bytes=N, OPERATION, OPERATION#N, OPERATION#all. Examples: \
    unplug@GetObject#2+100000, full@SendObject+5000, date=20250229T000000@GetObjectPropList#all
    """

  /// Reads the form of ``syntax``; `nil` if it is not of that form.
  public init?(_ text: String) {
    // A date may hold any character.
    guard let mark = text.lastIndex(of: "@"), let effect = Effect(text[..<mark]) else { return nil }
    let parts = text[text.index(after: mark)...].split(separator: "+", maxSplits: 1)
    guard let first = parts.first, let trigger = Trigger(first) else { return nil }
    guard let offset = parts.count == 2 ? UInt64(parts[1]) : 0 else { return nil }
    self.init(effect, at: trigger, offset: offset)
  }

  /// The fault in the form of ``syntax``.
  public var description: String { "\(effect.text)@\(trigger.text)" + (offset > 0 ? "+\(offset)" : "") }
}

extension Fault.Effect {
  private static let words: [String: Self] = [
    "unplug": .unplug, "reconnect": .reconnect(.newAddress), "stall": .stall, "silence": .silence, "wedge": .wedge,
    "late": .late, "garbage": .garbage, "wrong-id": .wrongTransactionID, "wrong-data-id": .wrongDataID,
    "short-packet": .shortPacket, "no-zlp": .noZeroLengthPacket, "extra-zlp": .extraZeroLengthPacket, "kill": .kill,
    "interrupt": .interrupt,
    "full": .fillDevice, "lose-storage": .loseStorage, "lock": .lock, "renumber": .renumber,
    "vanish": .vanish, "reset": .reset, "change": .change, "corrupt": .corrupt, "repeat": .repeatObject,
    "leave-out": .leaveOut,
    "cycle": .cycle, "other-object": .otherObject,
  ]

  fileprivate init?(_ text: Substring) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let effect: Self?
    if parts.count == 2 {
      let value = parts[1]
      effect =
        switch parts[0] {
        case "reconnect":
          value == "same" ? .reconnect(.sameAddress) : UInt16(value, radix: 16).map { .reconnect(.productID($0)) }
        case "runt": UInt8(value).flatMap { $0 < ContainerHeader.size ? .runt($0) : nil }
        case "length":
          value.first.map("+-".contains) == true
            ? Int64(value).map { .length(.off($0)) } : UInt32(value).map { .length(.exactly($0)) }
        case "extend": UInt16(value).map(Self.extend)
        case "truncate": UInt64(value).map(Self.truncate)
        case "respond": ResponseCode(value).map(Self.respond)
        case "respond-after": ResponseCode(value).map(Self.respondAfterAll)
        case "size": Int64(value).map(Self.lieAboutSize)
        case "date": .lieAboutDates(String(value))
        default: nil
        }
    } else {
      effect = Self.words[String(text)]
    }
    guard let effect else { return nil }
    self = effect
  }

  /// As it is written in front of the trigger.
  public var text: String {
    func signed(_ number: Int64) -> String { number < 0 ? "\(number)" : "+\(number)" }
    func code(_ code: ResponseCode) -> String { ResponseCode.names[code.rawValue] ?? code.description }
    return switch self {
    case .reconnect(.sameAddress): "reconnect=same"
    case .reconnect(.productID(let id)): "reconnect=" + String(id, radix: 16)
    case .runt(let bytes): "runt=\(bytes)"
    case .length(.exactly(let bytes)): "length=\(bytes)"
    case .length(.off(let bytes)): "length=\(signed(bytes))"
    case .extend(let bytes): "extend=\(bytes)"
    case .truncate(let bytes): "truncate=\(bytes)"
    case .respond(let response): "respond=\(code(response))"
    case .respondAfterAll(let response): "respond-after=\(code(response))"
    case .lieAboutSize(let off): "size=\(signed(off))"
    case .lieAboutDates(let text): "date=\(text)"
    default: Self.words.first { $0.value == self }?.key ?? ""
    }
  }
}

extension Fault.Trigger {
  fileprivate init?(_ text: Substring) {
    let number = text.split(separator: "=", maxSplits: 1).last ?? ""
    if text.hasPrefix("transaction=") {
      guard let number = Int(number) else { return nil }
      self = .transaction(number)
    } else if text.hasPrefix("bytes=") {
      guard let number = UInt64(number) else { return nil }
      self = .bytes(number)
    } else {
      let parts = text.split(separator: "#", maxSplits: 1)
      guard let name = parts.first, let operation = OperationCode(name) else { return nil }
      let occurrence = parts.count == 2 ? Int(parts[1]) : 1
      guard occurrence != nil || parts[1] == "all" else { return nil }
      self = .operation(operation, occurrence: occurrence)
    }
  }

  fileprivate var text: String {
    switch self {
    case .transaction(let number): return "transaction=\(number)"
    case .bytes(let number): return "bytes=\(number)"
    case .operation(let code, let occurrence):
      let name = OperationCode.names[code.rawValue] ?? code.description
      return name + (occurrence.map { $0 == 1 ? "" : "#\($0)" } ?? "#all")
    }
  }
}
