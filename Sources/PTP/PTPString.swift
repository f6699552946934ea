/// Text as it is on the wire: UTF-16 units without the closing NUL. A device may send what is no valid UTF-16; such a
/// string can be carried and reported, and turns into text only through ``text()`` or ``lossy``.
public struct PTPString: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The most units a string can hold, besides its NUL (MTP 1.1 section 3.2.3).
  public static let maximumUnits = 254

  public var units: [UInt16]

  public init(units: [UInt16]) { self.units = units }
  public init(_ text: some StringProtocol) { units = Array(text.utf16) }
  public init(stringLiteral text: String) { self.init(text) }

  public var isEmpty: Bool { units.isEmpty }

  /// The text, or `loneSurrogate` with the offset in bytes.
  public func text() throws(PTPError) -> String {
    if let text = String(validating: units, as: UTF16.self) { return text }
    var index = 0
    while index < units.count {
      if !UTF16.isSurrogate(units[index]) {
        index += 1
      } else if UTF16.isLeadSurrogate(units[index]), index + 1 < units.count, UTF16.isTrailSurrogate(units[index + 1]) {
        index += 2
      } else {
        break
      }
    }
    throw PTPError(.loneSurrogate, at: index * 2, in: lossy)
  }

  /// The text with U+FFFD for each lone surrogate: for display, and for fields that identify nothing.
  public var lossy: String { String(decoding: units, as: UTF16.self) }

  public var description: String { lossy }
}
