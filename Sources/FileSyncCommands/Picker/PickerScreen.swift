internal import Storage

/// One list of the picker: the places to begin at, the storages of a device, or the folders in one.
struct PickerScreen: Hashable, Sendable {
  /// What a list is of.
  enum Spot: Hashable, Sendable {
    /// Where everything begins.
    case start
    /// A folder of this computer, absolute.
    case local(String)
    /// A device, as a location with nothing behind it; its storages.
    case device(String)
    /// A folder on a storage, which is a location with nothing behind it.
    case folder(String, RelativePath)
  }

  struct Row: Hashable, Sendable {
    enum Act: Hashable, Sendable {
      /// Take the folder that the list is of.
      case use
      /// Make a folder in it.
      case makeFolder
      case open(Spot)
      /// Nothing can be done; says why.
      case nothing(String)
    }

    var act: Act
    /// As it is printed: escaped.
    var label: String
    /// Escaped.
    var detail = ""
    /// As it is typed; empty for what has no name of its own.
    var name = ""

    /// Whether it is shown only to those who ask for it.
    var isHidden: Bool { name.hasPrefix(".") }
    /// Whether it stands for something in the list, and not for what to do with the list itself.
    var isEntry: Bool { act != .use && act != .makeFolder }
  }

  var spot: Spot
  /// For people, escaped.
  var title: String
  var rows: [Row]
  /// What else to tell of it, escaped.
  var note: String?
  /// The location that is chosen by taking it; `nil` for what is no folder.
  var location: String?

  /// Whether a folder can be made in it.
  var makesFolders: Bool { rows.contains { $0.act == .makeFolder } }
}
