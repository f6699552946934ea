import Storage
import StorageContract

/// How a destination gives files their names, and what it does with dates.
enum DestinationKind: CaseIterable, Sendable {
  /// Temporaries, moves, all dates: a local folder.
  case folder
  /// Renames, keeps dates to the second: an Android phone.
  case renaming
  /// Renames, dates files when they arrive: uMTP-Responder.
  case undating
  /// Neither renames nor keeps dates.
  case bare

  var isDevice: Bool { self != .folder }
  /// Whether the old version goes before the new one comes.
  var removesFirst: Bool { self == .bare }

  var traits: StorageTraits {
    var traits =
      switch self {
      case .folder: StorageTraits.inMemory
      case .renaming: StorageTraits.inMemoryDevice([.rename, .partialRead], keepsDates: true)
      case .undating: StorageTraits.inMemoryDevice([.rename, .partialRead], keepsDates: false)
      case .bare: StorageTraits.inMemoryDevice([], keepsDates: false)
      }
    traits.identity.root = Array("copy".utf8)
    return traits
  }
}
