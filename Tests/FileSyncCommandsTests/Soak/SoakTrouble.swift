import StorageContract

/// What disturbs a run: faults of devices, or a moment at which the program is killed.
struct SoakTrouble: CustomStringConvertible {
  /// For each device of the run, in their order.
  var faults: [[String]]
  /// After how many lines of its output the program is killed, where there is no device to kill it.
  var killedAfter: Int?

  var isKill: Bool { killedAfter != nil || faults.joined().contains { $0.hasPrefix("kill") } }

  var description: String {
    killedAfter.map { "killed after \($0) lines" } ?? faults.map { "\($0)" }.joined(separator: " and ")
  }

  /// No lies, which nobody can know, and nothing that is another change of the user's; those are in the walk.
  private static let effects = [
    "unplug", "reconnect", "reconnect=same", "stall", "silence", "wedge", "late", "garbage", "runt=0", "runt=7",
    "wrong-id",
    "extend=20", "length=0", "length=+7", "length=-1", "lock", "lose-storage", "renumber", "respond=GeneralError",
    "respond=DeviceBusy", "respond=StoreFull", "respond=SessionNotOpen", "respond=InvalidObjectHandle",
    "respond=IncompleteTransfer", "respond-after=GeneralError", "respond-after=DeviceBusy", "kill", "kill", "kill",
    "kill",
  ]
  private static let operations = [
    "GetObject", "GetObjectHandles", "GetObjectInfo", "GetObjectPropList", "SendObjectInfo", "SendObject",
    "DeleteObject",
    "SetObjectPropValue", "GetStorageInfo",
  ]

  /// - Parameter devices: how many there are.
  init(devices: Int, _ numbers: inout SeededNumbers) {
    faults = []
    guard devices > 0 else {
      killedAfter = Int.random(in: 1...60, using: &numbers)
      return
    }
    let disturbed = Int.random(in: 0..<devices, using: &numbers)
    for device in 0..<devices {
      guard device == disturbed else {
        faults.append([])
        continue
      }
      faults.append(
        (0..<Int.random(in: 1...3, using: &numbers)).map { _ in
          let effect = Self.effects.randomElement(using: &numbers) ?? "unplug"
          let operation = Self.operations.randomElement(using: &numbers) ?? "SendObject"
          let isOperation = Bool.random(using: &numbers)
          let when =
            isOperation
            ? "\(operation)#\(Int.random(in: 1...6, using: &numbers))"
            : "transaction=\(Int.random(in: 1...90, using: &numbers))"
          let hasData = isOperation && ["GetObject", "SendObject"].contains(operation)
          let bytes = [0, 1, 500, 20_000].randomElement(using: &numbers) ?? 0
          let canWait = ["unplug", "reconnect", "stall", "silence", "wedge", "lock", "lose-storage"].contains(effect)
          return "\(effect)@\(when)" + (hasData && canWait && bytes > 0 ? "+\(bytes)" : "")
        }
      )
    }
  }
}
