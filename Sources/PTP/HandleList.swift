/// The arrays of 32-bit numbers that GetStorageIDs and GetObjectHandles answer with.
public enum HandleList {
  /// Reads an array that fills `bytes`. Throws `truncated` or `trailingBytes`.
  public static func decode(_ bytes: [UInt8]) throws(PTPError) -> [UInt32] {
    var reader = ByteReader(bytes)
    let numbers = try reader.array("Handles", of: UInt32.self)
    try reader.end(of: "Handles")
    return numbers
  }

  /// The array's bytes.
  public static func encode(_ numbers: [UInt32]) -> [UInt8] {
    var writer = ByteWriter()
    writer.array(numbers)
    return writer.bytes
  }
}
