internal import ArgumentParser

/// A size on the command line: bytes, or with K, M, G or T, as powers of 1024.
struct ByteCount: Hashable, Sendable {
  let bytes: UInt64

  /// - Throws: what is wrong with it.
  init(_ argument: String) throws(ValidationError) {
    guard let match = argument.wholeMatch(of: /(\d+)([KMGT]?)(i?B)?/.ignoresCase().asciiOnlyDigits()) else {
      throw ValidationError("write a number of bytes, or one with K, M, G or T, such as 10M")
    }
    let power = ["": 0, "K": 10, "M": 20, "G": 30, "T": 40][match.2.uppercased(), default: 0]
    // All digits; what has too many is no number of 64 bits.
    let product = UInt64(match.1)?.multipliedReportingOverflow(by: 1 << UInt64(power))
    guard let product, !product.overflow else {
      throw ValidationError("no file is that large; the most is \(UInt64.max >> 40)T")
    }
    bytes = product.partialValue
  }
}
