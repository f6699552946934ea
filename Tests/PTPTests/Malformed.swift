import PTP
import Testing

/// A generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// Every proper prefix of `bytes` must be refused, each with an error that points into the prefix.
func expectEveryPrefixRefused<T>(_ bytes: [UInt8], _ decode: ([UInt8]) throws(PTPError) -> T) {
  for length in 0..<bytes.count {
    do {
      _ = try decode(Array(bytes.prefix(length)))
      Issue.record("\(length) of \(bytes.count) bytes were accepted")
    } catch {
      #expect(error.reason == .truncated, "\(length) of \(bytes.count) bytes")
      #expect((0...length).contains(error.offset))
    }
  }
}

/// Random bytes, and `bytes` with random faults, must decode or throw; the test is that nothing traps.
func expectNoTrap<T>(from bytes: [UInt8], _ decode: ([UInt8]) throws(PTPError) -> T) {
  var generator = SeededGenerator(seed: UInt64(bytes.count))
  var decoded = 0
  for round in 0..<2000 {
    var input = bytes
    if round % 2 == 0 {
      input = (0..<Int.random(in: 0...120, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    } else {
      for _ in 0..<Int.random(in: 1...4, using: &generator) where !input.isEmpty {
        input[Int.random(in: 0..<input.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
    }
    if (try? decode(input)) != nil { decoded += 1 }
  }
  // Not every mangled input is wrong, and not every one can be right.
  #expect(decoded < 2000)
}
