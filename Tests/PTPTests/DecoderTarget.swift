import PTP

/// Feeds one input to a decoder, as the fuzzer does (`make fuzz`) and the test of its corpus: the first byte chooses the
/// decoder, the rest is what a device sent.
/// - Returns: what is wrong with what was decoded; `nil` if nothing is, or if the decoder threw.
func decodeAsFuzzed(_ input: [UInt8]) -> String? {
  guard let choice = input.first else { return nil }
  let bytes = Array(input.dropFirst())
  let decoders = decoders
  return decoders[Int(choice) % decoders.count](bytes)
}

/// In an order that the corpus rests on: new ones come last.
private let decoders: [@Sendable ([UInt8]) -> String?] = [
  { repeats($0, { (bytes) throws(PTPError) in try ContainerHeader(bytes) }, { $0.encoded }) },
  { repeats($0, { (bytes) throws(PTPError) in try Command(bytes) }, { $0.encoded }) },
  { repeats($0, { (bytes) throws(PTPError) in try Response(bytes) }, { $0.encoded }) },
  { repeats($0, { (bytes) throws(PTPError) in try Event(bytes) }, { $0.encoded }) },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try DeviceInfo(bytes) },
      { (info) throws(PTPError) in try info.encoded() }
    )
  },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try StorageInfo(bytes) },
      { (info) throws(PTPError) in try info.encoded() }
    )
  },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try ObjectInfo(bytes, layout: .size32) },
      { (info) throws(PTPError) in try info.encoded(layout: .size32) }
    )
  },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try ObjectInfo(bytes, layout: .size64) },
      { (info) throws(PTPError) in try info.encoded(layout: .size64) }
    )
  },
  { repeats($0, { (bytes) throws(PTPError) in try HandleList.decode(bytes) }, { HandleList.encode($0) }) },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try ObjectPropertyList(bytes) },
      { (list) throws(PTPError) in try list.encoded() }
    )
  },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try ObjectPropertyDescription(bytes) },
      { (description) throws(PTPError) in try description.encoded() }
    )
  },
  {
    repeats(
      $0,
      { (bytes) throws(PTPError) in try DevicePropertyDescription(bytes) },
      { (description) throws(PTPError) in try description.encoded() }
    )
  },
  { string($0) },
  { date(String(decoding: $0, as: UTF8.self)) },
  { value($0) },
  { either($0) },
]

/// What was decoded, written and decoded again, is the same; nothing is larger than what it was decoded from.
private func repeats<Value: Equatable>(
  _ bytes: [UInt8],
  _ decode: ([UInt8]) throws(PTPError) -> Value,
  _ encode: (Value) throws(PTPError) -> [UInt8]
) -> String? {
  let value: Value
  do {
    value = try decode(bytes)
  } catch {
    return (0...bytes.count).contains(error.offset) ? nil : "\(error) is not within \(bytes.count) bytes"
  }
  do {
    let encoded = try encode(value)
    // A string that lacks its NUL gets one, and an empty one may have had it: two bytes for each, at most.
    if encoded.count > bytes.count * 3 + 64 { return "\(bytes.count) bytes became \(encoded.count)" }
    return try decode(encoded) == value ? nil : "\(value) is another when it is written and read"
  } catch {
    // 255 units without a NUL can be read, and not be written.
    return error.reason == .stringTooLong ? nil : "\(value) cannot be read once it is written: \(error)"
  }
}

private func string(_ bytes: [UInt8]) -> String? {
  var reader = ByteReader(bytes)
  guard let string = try? reader.string("String") else { return nil }
  let lossy = string.lossy
  do {
    if try string.text() != lossy { return "\(lossy) is no lossless text" }
  } catch {
    if error.reason != .loneSurrogate || error.offset >= string.units.count * 2 { return "\(error) in \(lossy)" }
  }
  _ = ObjectFormat(fileName: lossy)
  return string.units.count > 255 || string.units.contains(0) ? "\(string.units)" : date(lossy)
}

private func date(_ raw: String) -> String? {
  guard let date = try? PTPDate(raw) else { return nil }
  let civil = date.civil
  if date.nanoseconds > 999_999_999 { return "\(raw) has \(date.nanoseconds) ns" }
  if CivilDateTime(seconds: civil.seconds) != civil { return "\(raw) is another day in seconds" }
  let time = date.unixTime { _ in 3600 }
  // The last hours of 9999 and the first of 1601 may have no date in UTC.
  guard let sent = PTPDate.utc(time) else { return nil }
  return (try? PTPDate(sent))?.unixTime { _ in 0 } == time ? nil : "\(raw) is sent as \(sent)"
}

/// A data type, and a value of it.
private func value(_ bytes: [UInt8]) -> String? {
  var reader = ByteReader(bytes)
  guard let type = try? reader.code("DataType", as: DataType.self),
    let value = try? PropertyValue(type, from: &reader, "Value")
  else { return nil }
  _ = type.description
  if let unsigned = value.unsigned, let signed = value.signed, Int128(exactly: unsigned) != signed {
    return "\(unsigned) is \(signed)"
  }
  var writer = ByteWriter()
  guard (try? value.encode(to: &writer, "Value")) != nil else { return nil }
  var again = ByteReader(writer.bytes)
  return (try? PropertyValue(value.type, from: &again, "Value")) == value ? nil : "\(value)"
}

/// An ObjectInfo in the layout that fits.
private func either(_ bytes: [UInt8]) -> String? {
  guard let (info, layout) = try? ObjectInfo.decode(bytes) else { return nil }
  guard let encoded = try? info.encoded(layout: layout), let again = try? ObjectInfo.decode(encoded) else { return nil }
  // Bytes of one layout may fit the other as well, and then the standard's counts.
  return again.layout != layout || again.info == info ? nil : "\(info)"
}
