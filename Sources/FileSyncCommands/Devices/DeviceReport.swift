internal import MTPStorage
internal import Storage

/// What `filesync devices` tells of one device.
struct DeviceReport: Sendable {
  /// What became of the attempt to look at its storages.
  enum State: Sendable {
    case ready([Store])
    /// It was not opened.
    case obstacle(Failure, word: String)
    /// It was opened, and did not tell.
    case failed(StorageError)
  }

  var device: USBDevice
  /// DEVICE and the scheme, ready to paste.
  var location: String
  var state: State

  /// Opens a device that is ready, and asks for its storages.
  static func look(_ device: USBDevice, _ context: CommandContext) async -> State {
    switch device.state {
    case .busy: return .obstacle(device.obstacle, word: "busy")
    case .forbidden: return .obstacle(device.obstacle, word: "forbidden")
    case .chargingOnly: return .obstacle(device.obstacle, word: "charging")
    case .ready: break
    }
    do throws(StorageError) {
      let open = try await context.devices.open(device) { context.errors.line($0) }
      let stores: Result<[Store], StorageError>
      do throws(StorageError) {
        stores = .success(try await open.stores())
      } catch {
        stores = .failure(error)
      }
      await open.close()
      return .ready(try stores.get())
    } catch {
      return .failed(error)
    }
  }

  /// For people.
  var lines: [String] {
    let serial = device.serial.isEmpty ? "no serial number" : "serial \(shown(device.serial))"
    let heading = "\(shown(device.name))  \(location)  (\(serial), USB \(device.place))"
    switch state {
    case .ready(let stores): return [heading] + stores.map { line($0, among: stores) }
    case .obstacle(let failure, _): return [heading] + indented(failure.text)
    case .failed(let error): return [heading] + indented(Failure(error).text)
    }
  }

  private func line(_ store: Store, among stores: [Store]) -> String {
    let free = "\(formatted(bytes: store.space.free)) of \(formatted(bytes: store.space.capacity)) free"
    let place = "\(location)/\(store.place(among: stores))"
    let label = store.label.isEmpty ? store.kind.rawValue : store.label
    return "  \(place)  \(shown(label)), \(free)" + (store.isReadOnly ? ", read-only" : "")
  }

  private func indented(_ text: String) -> [String] { text.split(separator: "\n").map { "  \($0)" } }

  /// For programs.
  var json: JSONLine {
    var fields: [String: JSONValue] = [
      "name": .text(device.name), "manufacturer": .text(device.manufacturer), "product": .text(device.product),
      "serial": .text(device.serial), "bus": .count(device.bus), "address": .count(device.address),
      "port": .text(device.port), "vendorID": .count(Int(device.vendorID)),
      "productID": .count(Int(device.productID)), "location": .text(location),
    ]
    switch state {
    case .ready(let stores):
      fields["state"] = .text("ready")
      fields["storages"] = .list(stores.map { json($0, among: stores) })
    case .obstacle(let failure, let word):
      fields["state"] = .text(word)
      fields["cause"] = .text(failure.cause)
      fields["cure"] = failure.cure.map(JSONValue.text)
    case .failed(let error):
      fields["state"] = .text(error.reason == .deviceLocked ? "locked" : "failed")
      fields["error"] = .error(error)
    }
    if case .busy(let holders) = device.state {
      fields["holders"] = .list(
        holders.map { .object(["process": .number(Int64($0.pid)), "name": .text($0.name)]) }
      )
    }
    return JSONLine("device", fields)
  }

  private func json(_ store: Store, among stores: [Store]) -> JSONValue {
    .object([
      "location": .text("\(location)/\(store.place(among: stores))"), "label": .text(store.label),
      "kind": .text(store.kind.rawValue), "id": .number(Int64(store.id)), "free": .size(store.space.free),
      "capacity": .size(store.space.capacity), "readOnly": .truth(store.isReadOnly),
    ])
  }
}
