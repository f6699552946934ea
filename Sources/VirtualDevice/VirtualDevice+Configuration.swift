public import Foundation

extension VirtualDevice {
  /// What a device is made of.
  public struct Configuration: Sendable {
    public var profile: Profile
    /// One storage each; they must exist.
    public var folders: [String]
    /// In the USB descriptor and in DeviceInfo.
    public var serial: String
    /// Of the device's own clock.
    public var zone: TimeZone
    public var faults: [Fault]
    /// Whether it shows no storage until ``VirtualDevice/unlock()``, as a phone with its screen locked.
    public var isLocked: Bool
    /// Set if unlocking makes the device come back under another product id, as many phones do.
    public var productIDUnlocked: UInt16?
    /// What each storage holds, in bytes, whatever the host's file system does; `nil` for as much as that.
    public var space: UInt64?
    /// Whether transactions take as long as on the real device (``Profile/pace``), instead of no time.
    public var isSlow: Bool
    /// What files are called on the device, by their paths below the first folder, where no file on this computer can be
    /// called so: with a slash, as another one, with half a character. What is sent later under the name that such a
    /// file has on disk meets it, so take one that nobody sends. In UTF-16 units.
    public var names: [String: [UInt16]]
    /// How many folders are in one another, the first at the root of the first storage, besides what is on disk.
    public var nestedFolders: Int
    /// See ``USBDescription/longestWait``.
    public var longestWait: Int?

    public init(
      profile: Profile,
      folders: [String],
      serial: String,
      zone: TimeZone = .current,
      faults: [Fault] = [],
      isLocked: Bool = false,
      productIDUnlocked: UInt16? = nil,
      space: UInt64? = nil,
      isSlow: Bool = false,
      names: [String: [UInt16]] = [:],
      nestedFolders: Int = 0,
      longestWait: Int? = nil
    ) {
      self.profile = profile
      self.folders = folders
      self.serial = serial
      self.zone = zone
      self.faults = faults
      self.isLocked = isLocked
      self.productIDUnlocked = productIDUnlocked
      self.space = space
      self.isSlow = isSlow
      self.names = names
      self.nestedFolders = nestedFolders
      self.longestWait = longestWait
    }
  }
}

extension VirtualDevice.Configuration {
  /// What the device says of itself on the bus.
  var usb: USBDescription {
    var description = profile.usb
    description.serial = serial
    description.longestWait = longestWait
    return description
  }
}
