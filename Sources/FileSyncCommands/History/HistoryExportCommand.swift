internal import ArgumentParser
internal import Journal
internal import Storage

/// `filesync history export`
struct HistoryExportCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes the dates and names that devices cannot keep to a file, for another machine.",
    discussion: """
      FileSync keeps the true dates and names of what it sent to such devices in its journal, on this machine. With this \
      file, and `filesync history import` there, another one knows them too.
      """
  )

  @Option(help: "Only those of this one: a serial number, or a model. It need not be connected.")
  var device: String?
  @Argument(help: "A new file; - or nothing for standard output.", completion: .file()) var file = "-"
  @Flag(help: "Tell what was written as a JSON object; not to standard output.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let manifest = try await manifest(context.openJournal())
    let output = ManifestFile(typed: file, context: context)
    let counts = try output.write(manifest)
    guard !output.isStream else { return .done }
    if json {
      let fields: [String: JSONValue] = [
        "file": .text(file), "files": .count(counts.files), "names": .count(counts.names),
      ]
      context.output.line(JSONLine("exported", fields.with("storages", .count(manifest.storages.count))).text)
    } else {
      let names = counts.names > 0 ? ", and \(counted(counts.names, "true name"))," : ""
      let what = Manifest.words(files: counts.files - counts.folders, folders: counts.folders)
      context.output.line("Dates of \(what)\(names) written to \(shown(file)).")
    }
    return .done
  }

  private func manifest(_ journal: Journal) async throws(Failure) -> Manifest {
    // A location's beginning will do, too.
    let name = device.map { unescaped($0.hasPrefix("mtp:") ? $0.dropFirst(4).prefix { $0 != "/" } : $0[...]) }
    let known: [DeviceIdentity]
    let manifest: Manifest
    do throws(JournalError) {
      known = try await journal.devices()
      manifest = try await journal.manifest { device in name.map(device.isNamed) ?? true }
    } catch { throw Failure(error) }
    if let name, !known.contains(where: { $0.isNamed(name) }) {
      let list = known.map { "  \(shown($0.model)), serial \(shown($0.mtpSerial ?? $0.usbSerial ?? "none"))" }
      throw Failure(
        .notPossible,
        "No device \u{201C}\(shown(name))\u{201D} is on record",
        cure: list.isEmpty ? "None is: no run with a device was made." : "There are:\n" + list.joined(separator: "\n")
      )
    }
    return manifest
  }
}

extension DeviceIdentity {
  /// Whether a user can mean this device; upper and lower case are the same.
  fileprivate func isNamed(_ name: String) -> Bool {
    [mtpSerial, usbSerial, model].contains { $0?.lowercased() == name.lowercased() }
  }
}
