internal import PTP

/// A fault whose time has come.
struct DueFault {
  var effect: Fault.Effect
  /// Bytes of this transaction's data that go before it.
  var offset: UInt64
}

/// The faults of one device, and how far it has come among them.
struct FaultScript {
  private let faults: [Fault]
  private var transactions = 0
  private var operations: [OperationCode: Int] = [:]
  private var bytes: UInt64 = 0

  init(_ faults: [Fault]) { self.faults = faults }

  /// What goes wrong in the transaction that `command` begins, if it gets so far.
  mutating func faults(in command: Command) -> [DueFault] {
    transactions += 1
    operations[command.code, default: 0] += 1
    return faults.compactMap { fault in
      switch fault.trigger {
      case .transaction(let number):
        number == transactions ? DueFault(effect: fault.effect, offset: fault.offset) : nil
      case .operation(let code, let occurrence):
        code == command.code && (occurrence ?? operations[code]) == operations[code]
          ? DueFault(effect: fault.effect, offset: fault.offset) : nil
      case .bytes(let number):
        number > bytes || number == 0 && transactions == 1
          ? DueFault(effect: fault.effect, offset: number - bytes) : nil
      }
    }
  }

  /// Counts bytes of data that went to the host or came from it.
  mutating func count(_ moved: UInt64) { bytes += moved }
}

extension [DueFault] {
  /// Those that a transaction comes to that moves so many bytes of data.
  func reached(by bytes: UInt64) -> Self { filter { $0.offset <= bytes } }
}
