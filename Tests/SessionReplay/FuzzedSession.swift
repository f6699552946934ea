internal import CFuzzedBus
internal import Foundation
internal import MTPStorage
internal import Storage
internal import Synchronization

/// A session with a device that says what an input makes it say: opened, listed, read from and written to, as by a sync.
///
/// It must end, without a trap, after no more transfers than the input can explain, and give no name that leaves its
/// folder.
@safe final class FuzzedSession: Sendable {
  private let bus: USBBus
  private let device: USBDevice

  init() throws {
    // As the kernel would describe the device: nothing of that comes from the input.
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("filesync-fuzzed-\(getpid())")
    let folder = root.appendingPathComponent("sys/bus/usb/devices")
    defer { try? FileManager.default.removeItem(at: root) }
    let files = [
      "1-1": ["busnum": "1", "devnum": "2", "idVendor": "18d1", "idProduct": "4ee1", "serial": "F"],
      "1-1:1.0": [
        "bInterfaceNumber": "00", "bInterfaceClass": "06", "bInterfaceSubClass": "01", "bInterfaceProtocol": "01",
        "bNumEndpoints": "03", "interface": "MTP",
      ],
    ]
    for (name, values) in files {
      let place = folder.appendingPathComponent(name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (file, value) in values { try Data(value.utf8).write(to: place.appendingPathComponent(file)) }
    }
    bus = USBBus(root: root.path)
    guard let device = try bus.devices().first else { throw CocoaError(.fileNoSuchFile) }
    self.device = device
  }

  /// - Returns: what is wrong; `nil` if nothing is.
  func run(_ input: [UInt8]) -> String? {
    unsafe input.withUnsafeBufferPointer { script in
      unsafe fuzzed_bus_start(script.baseAddress, script.count)
      let done = DispatchSemaphore(value: 0)
      let fault = Mutex<String?>(nil)
      Task {
        let found = await Visit(bus: bus, device: device).run()
        fault.withLock { $0 = found }
        done.signal()
      }
      done.wait()
      // Each thing that the device says takes a byte at least, and answers a handful of transfers.
      let most = 4000 + 64 * input.count
      let count = fuzzed_bus_transfers()
      return fault.withLock(\.self) ?? (count > most ? "\(count) transfers for \(input.count) bytes" : nil)
    }
  }
}

/// What is done with the device.
private struct Visit {
  let bus: USBBus
  let device: USBDevice
  private static let mostFolders = 12
  private static let mostFiles = 6

  func run() async -> String? {
    var options = MTPOptions()
    (options.silence, options.firstByte, options.comeback) = (0.05, 0.05, 0)
    do {
      let device = try await MTPDevice.open(device, on: bus, options: options)
      let fault: String?
      do { fault = try await visit(device) } catch { fault = nil }
      await device.close()
      return fault
    } catch { return nil }
  }

  private func visit(_ device: MTPDevice) async throws -> String? {
    guard let store = try await device.stores().first else { return "no storage, and no error" }
    let storage = try await device.storage(of: store, at: .root)
    var folders = [RelativePath.root]
    var files: [Entry] = []
    for number in 0..<Self.mostFolders where number < folders.count {
      let listing: Listing
      do {
        listing = try await Listing(of: folders[number], in: storage)
      } catch {
        if error.recovery == .reopen { throw error }
        continue
      }
      if let fault = fault(in: listing, of: folders[number]) { return fault }
      folders += listing.entries.filter(\.isDirectory).map(\.path)
      files += listing.entries.filter { $0.kind == .file }
    }
    for file in files.prefix(Self.mostFiles) {
      let sink = Count()
      let count = try? await storage.read(file, from: 0, into: sink, TransferControl())
      if let count, count != sink.count { return "\(file.path) was \(sink.count) bytes, and called \(count)" }
      _ = try? await storage.readPart(file, 1..<9, into: sink, TransferControl())
    }
    try await change(storage, files, in: folders.last ?? .root)
    return nil
  }

  private func fault(in listing: Listing, of folder: RelativePath) -> String? {
    for entry in listing.entries {
      let components = Array(entry.path.components)
      guard entry.path.parent == folder, components.count == Array(folder.components).count + 1,
        let name = components.last, RelativePath.isLegal(name: Array(name))
      else { return "\(entry.path) is listed in \(folder)" }
    }
    return Set(listing.entries.map(\.path)).count == listing.entries.count ? nil : "\(folder) has a path twice"
  }

  /// One of each thing that can be done to a device.
  private func change(_ storage: any Storage, _ files: [Entry], in folder: RelativePath) async throws {
    let made = try? await storage.createDirectory(RelativePath("new") ?? .root)
    for (number, old) in [nil, files.first].enumerated() {
      guard let path = old?.path ?? (made?.path ?? folder).appending(Array("a.jpg".utf8)) else { continue }
      var order = WriteOrder(
        path: path,
        size: 1500,
        times: FileTimes(modified: Timestamp(seconds: 1_500_000_000, nanoseconds: 0)),
        replacing: old,
        temporaryName: TemporaryName.make(journal: "0badcafe", number: UInt64(number))
      )
      order.keepOldAs = RelativePath(".filesync-vault/a.jpg")
      guard let written = try? await storage.write(Zeros(1500), order, TransferControl()) else { continue }
      guard let verified = try? await storage.verify([written]).first?.get(),
        let entry = try? await storage.commit([verified]).first?.get()
      else {
        try? await storage.discard(written)
        continue
      }
      _ = try? await storage.setTimes(order.times, of: entry)
      if let place = folder.appending(Array("moved".utf8)) { _ = try? await storage.move(entry, to: place) }
    }
    if let part = files.last, let size = part.size, size < .max - 100 {
      // The rest of it, as of a file that was cut off.
      var order = WriteOrder(path: part.path, size: size + 100, times: FileTimes(), temporaryName: [])
      (order.resumesAt, order.keepsPart) = (size, true)
      _ = try? await storage.write(Zeros(100), order, TransferControl())
    }
    _ = try await storage.refresh(files)
    for file in files.suffix(2) { try? await storage.remove(file) }
    _ = try await storage.space()
  }
}

private final class Count: ByteSink {
  private let total = Atomic<UInt64>(0)
  var count: UInt64 { total.load(ordering: .relaxed) }
  func write(_ bytes: RawSpan) { total.add(UInt64(bytes.byteCount), ordering: .relaxed) }
}

private final class Zeros: ByteSource {
  private let left: Atomic<Int>
  init(_ count: Int) { left = Atomic(count) }

  func read(into buffer: inout MutableRawSpan) -> Int {
    let count = min(left.load(ordering: .relaxed), buffer.byteCount)
    left.subtract(count, ordering: .relaxed)
    return count
  }
}
