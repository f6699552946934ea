/// Why bytes could not be read, or a value not be written.
public struct PTPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The bytes end before the value does, or a count claims more than there is.
    case truncated
    /// Bytes are left over after a dataset that must fill them exactly.
    case trailingBytes
    /// UTF-16 with a surrogate that has no partner.
    case loneSurrogate
    /// More than 254 UTF-16 units, the most a string can hold besides its NUL (MTP 1.1 section 3.2.3).
    case stringTooLong
    /// Not of the form `YYYYMMDDThhmmss[.s][Z|±hhmm]`, or no such date.
    case badDate
    /// A data type that has no known size.
    case unknownDataType
    /// A field holds what it never may.
    case badValue
  }

  public var reason: Reason
  /// Where the value begins: bytes from the beginning of the dataset; for dates, characters.
  public var offset: Int
  /// The field, as the standard names it.
  public var field: String

  public init(_ reason: Reason, at offset: Int, in field: String) {
    self.reason = reason
    self.offset = offset
    self.field = field
  }

  public var description: String { "\(field) at \(offset): \(reason)" }
}
