internal import ArgumentParser
internal import LocalStorage
internal import MTPStorage
internal import Storage
internal import SystemPackage

/// `filesync df`
struct DfCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "df",
    abstract: "Shows how full storages are.",
    discussion:
      "Without a location: all storages of all connected devices. Sizes are in units of 1000, as devices have them.",
    helpNames: .long
  )

  @Argument(help: "Paths, or mtp:DEVICE/STORAGE/PATH.", completion: .file()) var locations: [String] = []
  @Flag(name: .customShort("h"), help: "Sizes for people. They are in any case, but for --json.") var human = false
  @OptionGroup var options: PlaceOptions

  var json: Bool { options.json }

  /// A line of the table.
  private struct Row: Sendable {
    var location: String
    var name: String
    /// `nil` where the storage does not tell.
    var space: StorageSpace?
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let locations = try locations.map { text throws(Failure) in (text, try Location(text)) }
    let tally = Tally(context, json: json)
    var rows: [Row] = []
    if locations.isEmpty {
      let devices = try context.devicesOrFailure()
      for device in devices {
        try context.checkInterrupt()
        do throws(Failure) {
          rows += try await storages(of: device, among: devices, context)
          tally.done()
        } catch {
          // Also one that is not ready: the others are none the worse for it.
          tally.failed(error)
        }
      }
    } else {
      rows = try await Places.use(context, wait: options.waiting.seconds) { places throws(Failure) in
        var rows: [Row] = []
        try await tally.each(locations) { (text, location) throws(Failure) in
          rows.append(try await row(try await places.find(location, typed: text, following: true)))
          tally.done()
        }
        return rows
      }
    }
    show(rows, context)
    return tally.status
  }

  private func storages(
    of device: USBDevice,
    among devices: [USBDevice],
    _ context: CommandContext
  ) async throws(Failure) -> [Row] {
    switch await DeviceReport.look(device, context) {
    case .ready(let stores):
      let location = device.location(among: devices)
      return stores.map { store in
        let name = "\(device.name), \(store.label.isEmpty ? store.kind.rawValue : store.label)"
        return Row(location: "\(location)/\(store.place(among: stores))", name: name, space: store.space)
      }
    case .obstacle(let failure, _): throw failure
    case .failed(let error): throw Failure(error)
    }
  }

  private func row(_ place: Place) async throws(Failure) -> Row {
    let entry = try await place.entry()
    do throws(StorageError) {
      // What holds a file is asked for, since only a folder can be opened as a storage.
      let folder = entry.isDirectory ? place.path : place.path.parent
      let storage = try await place.volume.folder(at: folder)
      let name = place.volume.id == .local ? storage.traits.identity.volume : storage.traits.name
      return Row(location: place.typed, name: name, space: try await storage.space())
    } catch {
      throw place.failure(error)
    }
  }

  private func show(_ rows: [Row], _ context: CommandContext) {
    if json { return rows.forEach { context.output.line(line($0).text) } }
    guard !rows.isEmpty else { return }
    let cells = [["Location", "Size", "Used", "Free", "Use%", "Name"]] + rows.map(cells)
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    for row in cells {
      let padded = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : column == row.count - 1 ? row[column] : space + row[column]
      }
      context.output.line(padded.joined(separator: "  "))
    }
  }

  private func cells(_ row: Row) -> [String] {
    let numbers = row.space.map { space in
      [
        formatted(bytes: space.capacity), formatted(bytes: space.used), formatted(bytes: space.free),
        share(of: space),
      ]
    }
    return [shown(row.location)] + (numbers ?? ["-", "-", "-", "-"]) + [shown(row.name)]
  }

  /// As df(1) has it: of what anyone may use, rounded up.
  private func share(of space: StorageSpace) -> String {
    let whole = Double(space.used) + Double(space.free)
    return whole > 0 ? "\(Int((Double(space.used) / whole * 100).rounded(.up)))%" : "-"
  }

  private func line(_ row: Row) -> JSONLine {
    JSONLine(
      "space",
      ["location": .text(row.location), "name": .text(row.name)]
        .with("capacity", row.space.map { .size($0.capacity) })
        .with("used", row.space.map { .size($0.used) })
        .with("free", row.space.map { .size($0.free) })
    )
  }
}
