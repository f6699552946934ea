internal import Foundation
internal import MTPStorage
internal import Storage

/// What `filesync doctor` tells of one device.
struct KnowledgeReport: Sendable {
  var device: USBDevice
  /// Ready to paste.
  var location: String
  /// `nil` if it could not be asked.
  var knowledge: DeviceKnowledge?
  /// What a probe has left just now, since the device did not let it be removed: a folder of one of its storages.
  var staying: RelativePath?
  /// The storage, ready to paste, of a device whose zone was found out to be another than was assumed until now.
  var misread: String?

  /// For people.
  func lines(_ context: CommandContext) -> [String] {
    let heading = "\(shown(device.name))  \(location)"
    guard let known = knowledge, known.isTold else {
      return [heading, "  Nothing is known yet of what it keeps. `filesync doctor \(shellWord(location))` finds out."]
    }
    let date = Date(timeIntervalSince1970: Double(known.probed ?? known.learned))
    let day = DateText(context.timeZone).full(date).prefix(10)
    let seen = known.keepsModified == nil ? "Told by its clock" : "Seen in files that were sent"
    let how = "\(known.probed == nil ? seen : "Found out by a probe"), \(day)"
    func row(_ name: String, _ finding: String) -> String {
      "  \(name.padding(toLength: 26, withPad: " ", startingAt: 0))\(finding)"
    }
    let rows = findings(known).map(row)
    let firmware = shown(known.device.firmware)
    let origin = "  \(how)\(firmware.isEmpty ? "" : "; firmware \u{201C}\(firmware)\u{201D}")."
    let more = known.storages.values.count > 1 ? known.storages.values.sorted { $0.label < $1.label } : []
    let others = more.flatMap { store in
      ["  On \u{201C}\(shown(store.label))\u{201D}:"] + Self.findings(store).map { "  " + row($0.0, $0.1) }
    }
    return [heading, origin] + rows + others + [mending.map { "  \($0)" }].compactMap(\.self)
  }

  /// What to do about dates that were read in another zone until now.
  var mending: String? {
    misread.map {
      "Until now its dates were read in another zone. The next sync from it mends them; what was copied otherwise, "
        + "`filesync dates \(shellWord("\($0)/FOLDER")) COPY` does."
    }
  }

  /// What a probe has just left there, in words.
  var left: String? {
    guard let staying else { return nil }
    guard knowledge?.deletes == false else {
      return "\(shown(device.name)) did not let all of these files be removed: what is left stays on it in "
        + "\(staying.shown). It harms nothing, and the next run that writes there tries again."
    }
    return "\(shown(device.name)) deletes nothing, so a folder with one small file of these stays on it, "
      + "\(staying.shown)."
  }

  /// What was tried, in words.
  private func findings(_ known: DeviceKnowledge) -> [(String, String)] {
    func told(_ can: Bool?) -> String? { can.map { $0 ? "yes" : "no" } }
    let others = known.otherZones.map(Self.words)
    let doubts = others.count > 3 ? ["as in one of \(others.count) others"] : others
    let zone = known.zone.map { ([Self.words($0)] + doubts).joined(separator: ", or ") }
    let settable = known.settableDates.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
    let rows: [(String, String?)] = [
      ("Dates of folders", Self.kept(known.keepsFolderDates, "not kept")),
      ("Time zone of its dates", zone),
      ("Dates that can be set", settable),
      ("Deleting", known.deletes.map { $0 ? "yes" : "refused: nothing on it can be replaced" }),
      ("Renaming", told(known.renames)),
      ("Reading from an offset", told(known.readsPartially)),
      ("Changing in place", told(known.edits)),
      ("Files beyond 4 GiB", told(known.tellsLargeSizes)),
    ]
    let found = rows.compactMap { name, finding in finding.map { (name, $0) } }
    guard known.storages.count == 1, let store = known.storages.values.first else { return found }
    let (dates, names) = (Self.dates(store), Self.names(store))
    return dates + found + names
  }

  /// What was tried on one of several storages, in words.
  private static func findings(_ store: StoreKnowledge) -> [(String, String)] { dates(store) + names(store) }

  private static func dates(_ store: StoreKnowledge) -> [(String, String)] {
    let journal = "not kept: FileSync's journal keeps them"
    let rows = [
      ("Modification dates", kept(store.keepsModified, journal)), ("Creation dates", kept(store.keepsCreated, journal)),
    ]
    return rows.compactMap { name, finding in finding.map { (name, $0) } }
  }

  private static func names(_ store: StoreKnowledge) -> [(String, String)] {
    let rows = [
      ("Upper and lower case", store.isCaseSensitive.map { $0 ? "are two names" : "are one name" }),
      ("Longest name", store.longestName.map { "\($0) characters" }),
    ]
    return rows.compactMap { name, finding in finding.map { (name, $0) } }
  }

  private static func kept(_ isKept: Bool?, _ otherwise: String) -> String? { isKept.map { $0 ? "kept" : otherwise } }

  /// A zone as knowledge has it.
  private static func words(_ zone: String) -> String {
    zone == "host" ? "as on this computer" : Int(zone).map(ahead) ?? "as in \(shown(zone))"
  }

  private static func ahead(_ seconds: Int) -> String {
    let clock = String(format: "%02d:%02d", abs(seconds) / 3600, abs(seconds) / 60 % 60)
    return seconds == 0 ? "UTC" : "UTC\(seconds > 0 ? "+" : "-")\(clock)"
  }

  /// For programs.
  var json: JSONLine {
    var fields: [String: JSONValue] = [
      "name": .text(device.name), "serial": .text(device.serial), "location": .text(location),
    ]
    if let known = knowledge {
      let truths = [
        "keepsModified": known.keepsModified, "keepsCreated": known.keepsCreated,
        "keepsFolderDates": known.keepsFolderDates, "deletes": known.deletes, "renames": known.renames,
        "readsPartially": known.readsPartially,
        "edits": known.edits, "tellsLargeSizes": known.tellsLargeSizes,
      ]
      for (name, truth) in truths { fields[name] = truth.map(JSONValue.truth) }
      fields["firmware"] = .text(known.device.firmware)
      fields["learned"] = .number(known.learned)
      fields["probed"] = known.probed.map(JSONValue.number)
      fields["zone"] = known.zone.map(JSONValue.text)
      fields["otherZones"] = .list(known.otherZones.map(JSONValue.text))
      fields["wasMisread"] = misread.map { _ in .truth(true) }
      fields["settableDates"] = known.settableDates.map { .list($0.map(JSONValue.text)) }
      let stores = known.storages.values.sorted { $0.label < $1.label }
      fields["storages"] = .list(
        stores.map { .object(["label": .text($0.label)].merging($0.fields) { one, _ in one }) }
      )
      // As long as there is one only.
      if stores.count == 1, let names = stores.first?.fields {
        for name in ["isCaseSensitive", "longestName"] { fields[name] = names[name] }
      }
      fields["staying"] = staying.map { .text($0.shown) }
    }
    return JSONLine("knowledge", fields)
  }
}

extension StoreKnowledge {
  /// For programs.
  fileprivate var fields: [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    fields["probed"] = probed.map(JSONValue.number)
    fields["keepsModified"] = keepsModified.map(JSONValue.truth)
    fields["keepsCreated"] = keepsCreated.map(JSONValue.truth)
    fields["isCaseSensitive"] = isCaseSensitive.map(JSONValue.truth)
    fields["longestName"] = longestName.map { .count($0) }
    return fields
  }
}

extension DeviceKnowledge {
  /// Whether there is anything to tell.
  fileprivate var isTold: Bool { probed != nil || keepsModified != nil || zone != nil || deletes == false }
}
