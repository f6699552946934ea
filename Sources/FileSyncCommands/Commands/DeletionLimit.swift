internal import ArgumentParser
internal import SyncEngine

/// How many files a mirror may delete, on the command line: a number, or a share of the destination's as `5%`.
struct DeletionLimit: ExpressibleByArgument, Hashable, Sendable {
  let limit: Mirror.Limit

  init?(argument: String) {
    let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
    guard digits.allSatisfy({ "0"..."9" ~= $0 }), let number = Int(digits) else { return nil }
    guard argument.hasSuffix("%") else {
      limit = .files(number)
      return
    }
    guard number <= 100 else { return nil }
    limit = .percent(number)
  }
}
