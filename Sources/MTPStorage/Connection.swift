internal import Glibc
internal import PTP
internal import Storage

/// What an open device is made of, from opening to closing. A device that comes back gets a new one.
// @unchecked: made on the device's thread, handed once to the actor on the same thread, and used only there.
final class Connection: @unchecked Sendable {
  let usbDevice: USBDevice
  let transport: any ObjectTransport
  private(set) var zone: DeviceZone
  /// What is known of the device; saved when more is learned.
  private(set) var knowledge: DeviceKnowledge
  private let memory: DeviceMemory?
  /// Its stay on the bus.
  private let stay: String?
  /// Whether its own clock told the zone.
  private var isZoneTold = false
  /// Folders that were met while listing, by storage id and path from the storage's root.
  private var folders: [UInt32: [RelativePath: ObjectHandle]] = [:]
  /// What is in a folder, as it was last listed and changed by us since.
  private var contents: [UInt32: [RelativePath: FolderContents]] = [:]
  /// All that is in these folders.
  private let held = HeldObjects()

  /// Opens `usbDevice`; only on the device's thread.
  init(to usbDevice: USBDevice, on bus: USBBus, options: MTPOptions) throws(StorageError) {
    self.usbDevice = usbDevice
    do throws(StorageError) {
      transport = try Self.transport(to: usbDevice, options: options)
    } catch {
      // libmtp tells of no opening why it failed.
      guard error.reason == .deviceTimedOut, let devices = try? bus.devices() else { throw error }
      guard let now = devices.first(where: usbDevice.isSame), now.place == usbDevice.place else {
        throw StorageError(.deviceLost, .reopen, cause: "\(usbDevice.name) was unplugged")
      }
      // Another program may have taken the device since it was looked at. Without a holder it may be libmtp itself,
      // which keeps what it failed to open.
      if case .busy(let holders) = now.state, !holders.isEmpty { try now.checkReady() }
      throw error
    }
    transport.shorten(options.patience)
    let now = Int64(time(nil))
    memory = options.memory
    stay = bus.stay(of: usbDevice)
    let identity = DeviceIdentity(usbDevice, transport.deviceInfo)
    knowledge = memory?.recall(identity) ?? DeviceKnowledge(device: identity, learned: now)
    let clock = try transport.clock()
    zone = DeviceZone.learn(
      vendorID: usbDevice.vendorID,
      clock: clock,
      remembered: DeviceZone(knowledge),
      now: now
    )
    // For the next time, when it may not tell.
    if let told = clock.flatMap({ DeviceZone.told(by: $0, now: now) }), told == zone {
      isZoneTold = true
      var known = knowledge
      known.zone = zone.text
      learn(known)
    }
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

  /// What the device lets us write, by its own word and by what was tried.
  func abilities() throws(StorageError) -> WritingAbilities {
    var abilities = try transport.abilities()
    if knowledge.renames == false { abilities.renames = false }
    if knowledge.edits == false { abilities.edits = false }
    if let settable = knowledge.settableDates {
      abilities.setsModified = abilities.setsModified && settable.contains("DateModified")
      abilities.setsCreated = abilities.setsCreated && settable.contains("DateCreated")
    }
    return abilities
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
      let listing = try children(of: folder, at: reached, in: store)
      let named = zip(listing.records, listing.names)
      guard let record = named.first(where: { $0.1.bytes == Array(component) })?.0 else {
        throw StorageError(.notFound, .nextFile, path: next, cause: "There is no such folder on the device")
      }
      guard record.isFolder else {
        throw StorageError(.notADirectory, .nextFile, path: next, cause: "This is a file on the device, not a folder")
      }
      (folder, reached) = (record.handle, next)
    }
    return folder
  }

  /// Learns from files that were just sent to a storage, with their dates, whether it keeps their dates, and the zone.
  func learn(from observations: [DateObservation], on store: Store) {
    let now = Int64(time(nil))
    zone = zone.learning(from: observations, besides: knowledge.offsets, now: now)
    var known = knowledge
    known.learn(from: observations, on: store, now: now)
    // What other zones' clocks showed says nothing more.
    known.offsets = DeviceZone.telling(
      known.offsets.filter { zone.offset(at: $0.instant) == $0.seconds },
      most: DeviceKnowledge.most
    )
    if known[store].keepsModified == true {
      known.zone = zone.text
      if observations.contains(where: { $0.offset == zone.offset(at: $0.sent) }) { known.zoneShownIn = stay }
    }
    learn(known)
  }

  /// Learns the zone of a device that does not keep dates, but dates what it receives, from a tiny file that was sent
  /// just now.
  /// - Parameter received: Its date, as it was read.
  func learn(received: Timestamp) {
    let now = Int64(time(nil))
    let civil = received.seconds + Int64(zone.offset(at: received.seconds))
    guard let seconds = DeviceZone.offset(ofClock: civil, now: now) else { return }
    let new = DeviceKnowledge.Offset(instant: now, seconds: seconds)
    // Who does not set the zone of a small board has it run on UTC, rather than in London's winter.
    zone = zone.learning(from: [new], besides: knowledge.offsets).preferring(.fixed(0))
    var known = knowledge
    let old = known.offsets.filter { zone.offset(at: $0.instant) == $0.seconds }
    known.offsets = DeviceZone.telling([new] + old, most: DeviceKnowledge.most)
    known.zone = zone.text
    known.zoneShownIn = stay
    learn(known)
  }

  /// Whether the zone was shown since the device was plugged in, so that it cannot have left it.
  var isZoneOfNow: Bool { isZoneTold || stay != nil && knowledge.zoneShownIn == stay }

  /// Forgets the zone of dates: the device has left it.
  func forgetZone() {
    zone = .assumed
    isZoneTold = false
    var known = knowledge
    known.zone = nil
    known.zoneShownIn = nil
    known.offsets = []
    learn(known)
  }

  /// Takes note of what was found out, and saves it. That it cannot be saved is no reason to stop.
  func learn(_ new: DeviceKnowledge) {
    guard new != knowledge else { return }
    knowledge = new
    knowledge.learned = Int64(time(nil))
    memory?.keep(knowledge)
  }

  /// Takes note of whether the device has deleted something that there was no reason to keep.
  func noteDeletion(_ deletes: Bool) {
    var known = knowledge
    known.deletes = deletes
    learn(known)
  }

  /// The folder of a storage that a probe has its own in: the root, or the first folder in that where it cannot be listed
  /// whole. A Kindle has nameless things in its root, and nobody can tell whether a name is free there.
  func placeForProbes(in store: UInt32) throws(StorageError) -> RelativePath {
    guard try !contents(of: .root, in: store).isWhole else { return .root }
    return folders[store]?.keys.filter { !$0.isRoot && $0.parent.isRoot }.min() ?? .root
  }

  /// What is in a folder: as it was listed in this session, unless the device has told of a change of its own since.
  func contents(of path: RelativePath, in store: UInt32) throws(StorageError) -> FolderContents {
    for event in transport.takeEvents() where isNews(event) {
      contents = [:]
      folders = [:]
    }
    if let known = contents[store]?[path] { return known }
    let folder = try folder(path, in: store)
    _ = try children(of: folder, at: path, in: store)
    return contents[store]?[path] ?? FolderContents(held, isWhole: false)
  }

  /// Whether an object is known to be in some folder.
  func holds(_ object: ObjectHandle) -> Bool { held.contains(object) }

  /// Whether a folder was met in this session.
  func knows(_ folder: RelativePath, in store: UInt32) -> Bool { folders[store]?[folder] != nil }

  /// Whether an event tells of names that we do not know. Devices also tell of what we did ourselves.
  private func isNews(_ event: Event) -> Bool {
    switch event.code {
    case .objectAdded: return !holds(ObjectHandle(rawValue: event.parameter(0)))
    case .objectRemoved: return holds(ObjectHandle(rawValue: event.parameter(0)))
    case .storeAdded, .storeRemoved, .deviceReset: return true
    default: return false
    }
  }

  /// Takes note of what we changed in a folder whose contents are known.
  func note(_ path: RelativePath, in store: UInt32, _ change: (FolderContents) -> Void) {
    if let known = contents[store]?[path] { change(known) }
  }

  /// Throws `deviceProtocol` if the device gave an object that we made the handle of another: what is done to the one would
  /// befall the other.
  func checkNew(_ object: ObjectHandle) throws(StorageError) {
    guard !holds(object) else {
      throw StorageError(.deviceProtocol, .nextFile, cause: "The device gave a new file the handle of another one")
    }
  }

  /// Takes note of an object that we made. Throws as ``checkNew(_:)`` does.
  func noteNew(_ object: ObjectHandle, path: RelativePath, in store: UInt32) throws(StorageError) {
    try checkNew(object)
    note(path.parent, in: store) { $0.add(path.name, object) }
  }

  /// Takes note of a folder that we made, and that is empty.
  func noteMade(_ path: RelativePath, _ folder: ObjectHandle, in store: UInt32) {
    folders[store, default: [:]][path] = folder
    contents[store, default: [:]][path] = FolderContents(held)
  }

  /// Forgets what is in a folder: the next look is a new one.
  func forgetContents(of path: RelativePath, in store: UInt32) { contents[store]?[path] = nil }

  /// Forgets a folder, and all below it.
  func forget(_ path: RelativePath, in store: UInt32) {
    folders[store] = folders[store]?.filter { !$0.key.isAtOrBelow(path) }
    contents[store] = contents[store]?.filter { !$0.key.isAtOrBelow(path) }
  }

  /// The folders that a path is in, as far as they were met.
  private func handlesAbove(_ path: RelativePath, in store: UInt32) -> Set<ObjectHandle> {
    var above: Set<ObjectHandle> = []
    var path = path
    while !path.isRoot {
      path = path.parent
      if let known = folders[store]?[path] { above.insert(known) }
    }
    return above
  }

  /// Lists a folder and remembers the folders in it.
  func children(
    of folder: ObjectHandle,
    at path: RelativePath,
    in store: UInt32
  ) throws(StorageError) -> ObjectListing {
    var listing = try transport.children(of: folder, in: store)
    // Android lists nothing for a handle that means nothing any more.
    if folder != .all, listing.records.isEmpty, listing.unlisted.isEmpty {
      guard try transport.record(of: folder)?.isFolder == true else {
        throw StorageError(.notFound, .nextFile, path: path, cause: "The folder is no longer on the device")
      }
    }
    // A folder that says it holds what it is in would be walked through once more for nothing.
    let above = handlesAbove(path, in: store).union([folder])
    for record in listing.records where record.isFolder && above.contains(record.handle) {
      listing.unlisted.append(Unlisted(name: record.name.lossy, reason: .deviceProtocol))
    }
    listing.records.removeAll { $0.isFolder && above.contains($0.handle) }
    listing.names = EntryName.names(of: listing.records)
    let found = FolderContents(held)
    for (record, name) in zip(listing.records, listing.names) {
      found.add(name, record.handle)
      guard record.isFolder, let child = path.appending(name.bytes) else { continue }
      folders[store, default: [:]][child] = record.handle
    }
    found.isWhole = listing.unlisted.isEmpty
    contents[store, default: [:]][path] = found
    return listing
  }
}

extension RelativePath {
  fileprivate func isAtOrBelow(_ folder: RelativePath) -> Bool {
    self == folder || folder.isRoot || bytes.starts(with: folder.bytes + [UInt8(ascii: "/")])
  }
}
