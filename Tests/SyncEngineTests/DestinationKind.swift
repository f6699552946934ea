import Storage
import StorageContract

/// How a destination gives files their names, and what it does with dates.
enum DestinationKind: CaseIterable, Sendable {
  /// Temporaries, moves, all dates: a local folder.
  case folder
  /// Renames and moves, keeps dates to the second: an Android phone.
  case moving
  /// Renames, keeps dates to the second.
  case renaming
  /// Renames, dates files when they arrive, and lets parts of them be written: an older Android.
  case undating
  /// Neither renames nor keeps dates.
  case bare

  var isDevice: Bool { self != .folder }
  /// Whether what is replaced goes to this computer, since the destination cannot move it to a vault.
  var keepsOldHere: Bool { isDevice && self != .moving }

  var traits: StorageTraits {
    var traits =
      switch self {
      case .folder: StorageTraits.inMemory
      case .moving: StorageTraits.inMemoryDevice([.rename, .move, .partialRead], keepsDates: true)
      case .renaming: StorageTraits.inMemoryDevice([.rename, .partialRead], keepsDates: true)
      case .undating: StorageTraits.inMemoryDevice([.rename, .partialRead, .resume], keepsDates: false)
      case .bare: StorageTraits.inMemoryDevice([], keepsDates: false)
      }
    traits.identity.root = Array("copy".utf8)
    return traits
  }
}
