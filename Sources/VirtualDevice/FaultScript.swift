internal import PTP

/// The faults of one device, and how far it has come among them.
struct FaultScript {
  private let faults: [Fault]
  private var transactions = 0
  private var operations: [OperationCode: Int] = [:]
  private var bytes: UInt64 = 0

  init(_ faults: [Fault]) { self.faults = faults }

  /// What goes wrong in the transaction that `command` begins; the offset of each is within its data.
  mutating func faults(in command: Command) -> [(effect: Fault.Effect, offset: UInt64)] {
    transactions += 1
    operations[command.code, default: 0] += 1
    return faults.compactMap { fault in
      switch fault.trigger {
      case .transaction(let number): number == transactions ? (fault.effect, fault.offset) : nil
      case .operation(let code, let occurrence):
        code == command.code && (occurrence ?? operations[code]) == operations[code]
          ? (fault.effect, fault.offset) : nil
      case .bytes(let number): number >= bytes ? (fault.effect, number - bytes) : nil
      }
    }
  }

  /// Counts bytes of data that went to the host or came from it.
  mutating func count(_ moved: UInt64) { bytes += moved }
}
