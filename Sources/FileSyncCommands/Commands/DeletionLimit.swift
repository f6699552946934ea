internal import ArgumentParser
internal import SyncEngine

/// How many files a mirror may delete, on the command line: a number, or a share of the destination's as `5%`.
struct DeletionLimit: Hashable, Sendable {
  let limit: Mirror.Limit

  /// - Throws: what is wrong with it.
  init(_ argument: String) throws(ValidationError) {
    guard let match = argument.wholeMatch(of: /(\d+)(%?)/.asciiOnlyDigits()), let number = Int(match.1) else {
      throw ValidationError("write a number of files, or a share of them, such as 5%")
    }
    guard match.2 == "%" else {
      limit = .files(number)
      return
    }
    guard number <= 100 else { throw ValidationError("a share of the files is 0% to 100%") }
    limit = .percent(number)
  }
}
