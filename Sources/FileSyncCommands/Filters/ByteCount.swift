internal import ArgumentParser

/// A size on the command line: bytes, or with K, M, G or T, as powers of 1024.
struct ByteCount: ExpressibleByArgument, Hashable, Sendable {
  let bytes: UInt64

  init?(argument: String) {
    guard let match = argument.wholeMatch(of: /(\d+)([KMGT]?)(i?B)?/.ignoresCase().asciiOnlyDigits()),
      let number = UInt64(match.1)
    else { return nil }
    let power = ["": 0, "K": 10, "M": 20, "G": 30, "T": 40][match.2.uppercased(), default: 0]
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << UInt64(power))
    guard !overflow else { return nil }
    self.bytes = bytes
  }
}
