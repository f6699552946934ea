internal import MTPStorage
internal import Storage

extension StoreSelector {
  /// Picks the storage that a user means: not possible if none fits, usage if several do. The message has whole
  /// locations, which begin with the one of the device.
  func choose(from stores: [Store], on device: String) throws(Failure) -> Store {
    let fitting = stores.enumerated().filter { fits($0.element, number: $0.offset + 1) }.map(\.element)
    if fitting.count == 1 { return fitting[0] }
    let list = stores.map { "  \(device)/\($0.place(among: stores))  \(shown($0.label))" }.joined(separator: "\n")
    switch (self, fitting.isEmpty) {
    case (.named(let name), true):
      throw Failure(.notPossible, "The device has no storage \u{201C}\(shown(name))\u{201D}", cure: "It has:\n\(list)")
    case (.only, true):
      throw Failure(.notPossible, "The device has no storage", cure: "Look whether its card is in place.")
    default:
      throw Failure(.usage, "The device has several storages", cure: "Name one of them:\n\(list)")
    }
  }

  /// Whether it names `store`, the `number`th of the device, from 1.
  func fits(_ store: Store, number: Int) -> Bool {
    guard case .named(let text) = self else { return true }
    let name = text.lowercased()
    if name == store.kind.rawValue || name == store.label.lowercased() || name == String(number) { return true }
    let digits = ["0x", "store_"].first { name.hasPrefix($0) }.map { name.dropFirst($0.count) } ?? name[...]
    return digits.count == 8 && UInt32(digits, radix: 16) == store.id
  }
}

extension Store {
  /// STORAGE in a location: `internal` or `card` where that is enough, else its number.
  func place(among stores: [Store]) -> String {
    if kind != .other, stores.count(where: { $0.kind == kind }) == 1 { return kind.rawValue }
    return String((stores.firstIndex { $0.id == id } ?? 0) + 1)
  }
}
