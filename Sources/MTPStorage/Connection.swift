internal import Glibc
internal import PTP
internal import Storage

/// What an open device is made of, from opening to closing. A device that comes back gets a new one.
// @unchecked: made on the device's thread, handed once to the actor on the same thread, and used only there.
final class Connection: @unchecked Sendable {
  let usbDevice: USBDevice
  let transport: any ObjectTransport
  let zone: DeviceZone
  /// Folders that were met while listing, by storage id and path from the storage's root.
  var folders: [UInt32: [RelativePath: ObjectHandle]] = [:]

  /// Opens `usbDevice`; only on the device's thread.
  init(to usbDevice: USBDevice, options: MTPOptions) throws(StorageError) {
    self.usbDevice = usbDevice
    transport = try Self.transport(to: usbDevice, options: options)
    let now = Int64(time(nil))
    zone = DeviceZone.learn(vendorID: usbDevice.vendorID, clock: try transport.clock(), now: now)
  }

  private static func transport(
    to usbDevice: USBDevice,
    options: MTPOptions
  ) throws(StorageError) -> any ObjectTransport {
    let handle = try DeviceHandle(opening: usbDevice)
    guard options.transport == .automatic, let usb = unsafe handle.usb else { return LibMTPTransport(handle) }
    let deadlines = Deadlines(
      command: min(options.silence, 20),
      firstByte: options.firstByte,
      silence: options.silence
    )
    let endpoints = try unsafe Endpoints(of: usb, interface: handle.interface)
    let ids = unsafe TransactionIDs(sharedWith: handle.device)
    let channel = try unsafe PTPChannel(
      usb,
      interface: handle.interface,
      endpoints: endpoints,
      ids: ids,
      deadlines: deadlines
    )
    return try PTPTransport(handle, channel: channel)
  }

  /// The evidence by which the journal knows the device.
  var identity: DeviceIdentity {
    let info = transport.deviceInfo
    return DeviceIdentity(
      mtpSerial: info.serialNumber.isEmpty ? nil : info.serialNumber,
      usbSerial: usbDevice.serial.isEmpty ? nil : usbDevice.serial,
      vendorID: usbDevice.vendorID,
      productID: usbDevice.productID,
      manufacturer: info.manufacturer.isEmpty ? usbDevice.manufacturer : info.manufacturer,
      model: info.model.isEmpty ? usbDevice.product : info.model,
      firmware: info.deviceVersion
    )
  }

  /// The handle of a folder, found by listing its parents where it was not met yet.
  /// - Throws: `notFound` or `notADirectory`, about the component that is to blame.
  func folder(_ path: RelativePath, in store: UInt32) throws(StorageError) -> ObjectHandle {
    if path.isRoot { return .all }
    if let known = folders[store]?[path] { return known }
    var folder = ObjectHandle.all
    var reached = RelativePath.root
    for component in path.components {
      guard let next = reached.appending(component) else { break }
      if let known = folders[store]?[next] {
        (folder, reached) = (known, next)
        continue
      }
      let records = try children(of: folder, at: reached, in: store).records
      guard let record = records.first(where: { (try? $0.name.text()).map { Array($0.utf8) } == Array(component) })
      else {
        throw StorageError(.notFound, .nextFile, path: next, cause: "There is no such folder on the device")
      }
      guard record.isFolder else {
        throw StorageError(.notADirectory, .nextFile, path: next, cause: "This is a file on the device, not a folder")
      }
      (folder, reached) = (record.handle, next)
    }
    return folder
  }

  /// Lists a folder and remembers the folders in it.
  func children(
    of folder: ObjectHandle,
    at path: RelativePath,
    in store: UInt32
  ) throws(StorageError) -> ObjectListing {
    let listing = try transport.children(of: folder, in: store)
    for record in listing.records where record.isFolder {
      guard let name = try? record.name.text(), let child = path.appending(name) else { continue }
      folders[store, default: [:]][child] = record.handle
    }
    return listing
  }
}
