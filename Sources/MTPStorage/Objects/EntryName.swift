internal import PTP
internal import Storage

/// What an object is called in paths: as on the device, where that is a legal name and its alone.
///
/// What a device calls its objects is not trusted. In a name that is none, `/` and NUL become `%` and two hexadecimal
/// digits, units that are no UTF-16 `%u` and four, and so does the first dot of `.` and `..`; an empty one is `%`. Of
/// several objects that have one name all but the first get a number.
struct EntryName: Hashable {
  let bytes: [UInt8]
  /// As the device has it.
  let raw: PTPString
  /// Whether other objects of the folder have it as well.
  let isShared: Bool

  /// A name that we gave.
  init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
    raw = PTPString(String(decoding: self.bytes, as: UTF8.self))
    isShared = false
  }

  private init(_ bytes: [UInt8], _ raw: PTPString, isShared: Bool) {
    self.bytes = bytes
    self.raw = raw
    self.isShared = isShared
  }

  /// What an entry tells of it.
  var ownName: Entry.OwnName? {
    isShared || Self.legal(raw) != bytes ? Entry.OwnName(text: raw.lossy, isShared: isShared) : nil
  }

  /// The names of all objects in a folder, in their order. The same objects get the same ones in every session, in
  /// which handles may be others.
  static func names(of records: [ObjectRecord]) -> [EntryName] {
    var names = records.map { legal($0.name) }
    var count: [PTPString: Int] = [:]
    for record in records { count[record.name, default: 0] += 1 }
    var taken = Set(names.compactMap(\.self))
    // Most folders need no more.
    if names.contains(nil) || taken.count < records.count {
      var seen: Set<[UInt8]> = []
      var numbers: [[UInt8]: Int] = [:]
      for index in records.indices.sorted(by: { order(records[$0], records[$1]) }) {
        let wanted = names[index] ?? escaped(records[index].name)
        var name = wanted
        if names[index] == nil ? !taken.insert(wanted).inserted : !seen.insert(wanted).inserted {
          repeat {
            numbers[wanted, default: 1] += 1
            name = NameParts(wanted).numbered(numbers[wanted, default: 2], allowedBy: anything) ?? wanted
          } while !taken.insert(name).inserted
        }
        names[index] = name
      }
    }
    return zip(records, names).map { record, name in
      EntryName(name ?? [], record.name, isShared: count[record.name, default: 1] > 1)
    }
  }

  /// Entries only have to be told apart here.
  private static let anything = NameRules(isCaseSensitive: true)

  private static func legal(_ name: PTPString) -> [UInt8]? {
    (try? name.text()).map { Array($0.utf8) }.flatMap { RelativePath.isLegal(name: $0) ? $0 : nil }
  }

  /// By what the device tells of them; by handle only where that is all the same.
  private static func order(_ one: ObjectRecord, _ other: ObjectRecord) -> Bool {
    if one.name != other.name { return one.name.units.lexicographicallyPrecedes(other.name.units) }
    if one.isFolder != other.isFolder { return one.isFolder }
    if one.created != other.created { return one.created < other.created }
    if one.modified != other.modified { return one.modified < other.modified }
    if one.size != other.size { return one.size ?? 0 < other.size ?? 0 }
    return one.handle.rawValue < other.handle.rawValue
  }

  private static func escaped(_ name: PTPString) -> [UInt8] {
    if name.isEmpty { return [UInt8(ascii: "%")] }
    let dot = UInt16(UInt8(ascii: "."))
    let isDots = name.units == [dot] || name.units == [dot, dot]
    var result = ""
    var rest = name.units[...]
    while let unit = rest.first {
      if UTF16.isLeadSurrogate(unit), let next = rest.dropFirst().first, UTF16.isTrailSurrogate(next) {
        result += String(decoding: [unit, next], as: UTF16.self)
        rest = rest.dropFirst(2)
        continue
      }
      if UTF16.isSurrogate(unit) {
        result += "%u" + hexadecimal(unit, digits: 4)
      } else if unit == 0 || unit == UInt16(UInt8(ascii: "/")) || isDots && result.isEmpty {
        result += "%" + hexadecimal(unit, digits: 2)
      } else {
        result += String(decoding: [unit], as: UTF16.self)
      }
      rest = rest.dropFirst()
    }
    return Array(result.utf8)
  }

  private static func hexadecimal(_ unit: UInt16, digits: Int) -> String {
    let text = String(unit, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
