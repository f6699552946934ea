internal import ArgumentParser
internal import Foundation
internal import Journal
internal import Storage

/// The lines of a manifest, as `docs/manifest.md` describes them.
extension Manifest {
  /// The first line.
  static func header(_ now: Timestamp) -> JSONLine {
    JSONLine(
      "manifest",
      ["program": .text("filesync \(FileSyncCommand.configuration.version)"), "exported": .text(DateText.utc(now))]
    )
  }

  /// One storage, by the number that the lines of its files have.
  static func line(_ number: Int, _ storage: StorageIdentity) -> JSONLine {
    let device = storage.device.map { device in
      JSONValue.object(
        [
          "vendorID": .number(Int64(device.vendorID)), "model": .text(device.model), "firmware": .text(device.firmware),
        ]
        .with("mtpSerial", device.mtpSerial.map(JSONValue.text))
        .with("usbSerial", device.usbSerial.map(JSONValue.text))
      )
    }
    return JSONLine(
      "storage",
      ["storage": .count(number), "volume": .text(storage.volume)]
        .with("device", device)
        .with("label", storage.label.map(JSONValue.text))
        .with("capacity", storage.capacity.map(JSONValue.size))
    )
  }

  /// The last line, which tells that none is missing.
  static func end(_ counts: LineCounts) -> JSONLine {
    JSONLine("end", ["files": .count(counts.files), "names": .count(counts.names)])
  }

  /// How many lines of each kind a manifest has.
  struct LineCounts {
    /// Folders are among them.
    var files = 0
    var folders = 0
    var names = 0
  }

  /// Whose dates it has.
  static func words(files: Int, folders: Int) -> String {
    counted(files, "file") + (folders > 0 ? " and \(counted(folders, "folder"))" : "")
  }
}

extension Manifest.File {
  /// `nil` for one whose dates are none of the years 1583 to 9999.
  var line: JSONLine? {
    func text(_ date: Timestamp?) -> JSONValue? {
      guard let date else { return nil }
      let text = DateText.utc(date)
      return DateText.parse(text) == date ? .text(text) : nil
    }
    let dates = [String: JSONValue]().with("modified", text(truth.times.modified))
      .with("created", text(truth.times.created))
    guard !dates.isEmpty else { return nil }
    return JSONLine(
      "file",
      dates.merging([
        "storage": .count(storage), "size": .size(truth.size),
        "token": .text(Data(truth.token.bytes).base64EncodedString()),
        "tokenVersion": .count(truth.token.version), "run": .text(run.uuidString),
        "recorded": .text(DateText.utc(Timestamp(seconds: recorded))),
      ]) { $1 }.with("assumedFrom", truth.assumedFrom.map(JSONValue.text)).with(truth.path)
    )
  }
}

extension Manifest.Name {
  var line: JSONLine {
    JSONLine(
      "name",
      [
        "storage": .count(storage), "run": .text(run.uuidString),
        "recorded": .text(DateText.utc(Timestamp(seconds: recorded))),
      ]
      .with("size", trueName.size.map(JSONValue.size))
      .with(trueName.path)
      .with(trueName: trueName.name)
    )
  }
}
