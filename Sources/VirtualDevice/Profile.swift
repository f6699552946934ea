public import PTP

/// How one kind of device behaves. Each profile copies a real responder, its faults included, and says where that was
/// read or measured.
public struct Profile: Sendable {
  /// What `--profile` takes.
  public var name: String
  /// The serial number in it is replaced by the device's own.
  public var usb: USBDescription
  /// What it announces; the serial number is replaced as well.
  public var info: DeviceInfo
  public var storage: StorageTemplate
  public var dates: Dates
  public var rules: Rules
  /// What GetObjectPropsSupported lists for every format.
  public var objectProperties: [ObjectPropertyCode]
  /// How long its real counterpart takes for a transaction, besides the bytes; waited for only if that is asked for.
  public var pace = Duration.zero

  /// What every storage of the device says of itself.
  public struct StorageTemplate: Sendable {
    /// One of ``StorageInfo/Kind``, ``StorageInfo/FileSystem`` and ``StorageInfo/Access``.
    public var kind: UInt16
    public var fileSystem: UInt16
    public var access: UInt16
    /// Of the first storage and of those after it.
    public var descriptions: [String]
    /// What the volume identifier begins with; the storage's number follows. `nil` for an empty identifier.
    public var volumePrefix: String?
    public var freeObjects: UInt32
  }

  /// Which dates a device reports. All are in its own zone, without a suffix.
  public enum Dates: Sendable {
    /// The modification date, under both names.
    case modificationTwice
    /// The creation and the modification date.
    case creationAndModification
    /// The date at which the device learned of the file, and the modification date.
    case additionAndModification
    /// Empty strings.
    case none
  }

  /// Where responders differ in what the standard leaves open, or break it.
  public struct Rules: Sendable {
    /// How long an object keeps its handle.
    public enum Handles: Sendable { case untilReset, whileSessionLasts, forever }

    /// What GetObjectHandles returns for the parent 0.
    public enum ParentZero: Sendable { case everything, root }

    /// Which objects GetObjectPropList answers for.
    public enum PropertyList: Sendable {
      /// As Android does: see ``Responder/androidPropertyList(_:)``.
      case android
      /// As Android did up to 8.0: see ``Responder/legacyPropertyList(_:)``.
      case androidLegacy
      /// As MTP 1.1 has it, to any depth.
      case standard
      /// The object alone, whatever the depth.
      case objectAlone
      /// None: it is announced and always refused.
      case refused
    }

    /// How files are taken from an initiator.
    public enum Sending: Sendable {
      /// As Android's server does: see ``UploadReader/readAsAndroid(_:)``. What is not whole is dropped.
      case android
      /// As the server and the kernel driver of older Androids do: see ``UploadReader/readAsOldAndroid(_:)``. What was
      /// cancelled is dropped; what is short is taken for whole.
      case androidLegacy
      /// Names that exist are emptied at SendObjectInfo, everything up to a short packet is written, nothing is
      /// checked, and what came stays.
      case umtp
      /// Everything up to a short packet is written; what came stays.
      case plain
      /// As plain, but a name that exists is taken, too, and then neither file is there any more: see
      /// ``ObjectStore/lose(_:)``.
      case garmin

      var isAndroid: Bool { self == .android || self == .androidLegacy }
    }

    /// What GetObjectPropValue answers for dates.
    public enum SingleDate: Sendable {
      case own
      case constant(String)
      /// 1970, on the device's clock.
      case epoch
    }

    /// What ObjectInfo holds for a file of 4 GiB or more.
    public enum LargeSize: Sendable { case unknown, lower32Bits }

    public var handles = Handles.forever
    public var parentZero = ParentZero.everything
    public var propertyList = PropertyList.objectAlone
    public var largeSize = LargeSize.unknown
    public var sending = Sending.plain
    /// Which dates are announced as settable by SetObjectPropValue, and are taken in SendObjectPropList.
    public var settableDates: Set<ObjectPropertyCode> = []
    /// Whether setting them has an effect. It is answered with OK in either case.
    public var keepsSetDates = true
    /// What every DeleteObject is refused with; `nil` if objects can be deleted.
    public var refusesToDelete: ResponseCode?
    /// Whether setting a name that another file has replaces that file.
    public var renamesOverFiles = false
    /// How many folders without a name the root of the first storage holds besides what is on disk.
    public var namelessFolders = 0
    /// The response to an ObjectInfo that cannot be read, or that has no possible name.
    public var unreadableInfo = ResponseCode.invalidParameter
    /// Whether GetObjectHandles answers with an empty list for a parent that does not exist, or is no folder.
    public var listsWhatIsNoFolder = false
    /// Whether a bus reset makes it leave the bus until it is plugged in again.
    public var leavesAtReset = false
    /// Whether names that differ in case only are the same, as on Android's shared storage.
    public var foldsNames = false
    /// What stands for the root where SendObjectInfo's response names the parent.
    public var rootInResponse: UInt32 = 0
    /// Whether a file that was sent is announced by an event, as Android's observer of its own files does.
    public var announcesFiles = false
    /// Whether GetObjectHandles takes 0xFFFFFFFF for all storages.
    public var takesAllStorages = true
    /// Whether object operations are refused without a session.
    public var needsSession = true
    /// Whether formats follow the extension; otherwise every file is `undefined`.
    public var guessesFormats = true
    /// Whether a folder's size is what the file system says, not 0.
    public var foldersHaveSizes = false
    public var singleDate = SingleDate.own
    /// The response to a partial read that begins beyond the end; at the end, an empty one is sent.
    public var beyondTheEnd = ResponseCode.invalidParameter
    /// The response for a property that an object does not have.
    public var unknownProperty = ResponseCode.invalidObjectPropCode
    /// Whether it ends for good, until a reset, at a command that is none.
    public var endsAtNonsense = false
    /// Whether it ends for good, until a reset, at a class request GetDeviceStatus for fewer than 8 bytes, and whether a
    /// cancel without a transaction swallows the next data.
    public var isFragile = false
    /// Whether the first command after an unplugging in the middle of a data phase is answered with what was to be the end
    /// of that transaction, before its own answer.
    public var answersLate = false
  }

  /// The profiles there are.
  public static let all: [Profile] = [
    .android, .androidLegacy, .umtp, .player, .ereader, .garmin, .camera, .minimal,
  ]

  /// The profile of that name.
  public static func named(_ name: String) -> Profile? { all.first { $0.name == name } }
}
