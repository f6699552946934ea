internal import ArgumentParser
internal import SyncEngine

/// What becomes of the two versions of a conflict, on the command line.
enum ConflictOption: String, CaseIterable {
  case both, newer, larger, source, destination, ask

  /// - Throws: what is wrong with it.
  init(_ argument: String) throws(ValidationError) {
    guard let option = Self(rawValue: argument) else {
      let others = Self.allCases.dropLast().map(\.rawValue).joined(separator: ", ")
      throw ValidationError("write \(others) or ask")
    }
    self = option
  }

  /// With `ask`, what holds until the user has answered, and where there is nothing to ask about.
  var policy: SyncPolicy.Conflict {
    switch self {
    case .both, .ask: .both
    case .newer: .newer
    case .larger: .larger
    case .source: .replace
    case .destination: .keep
    }
  }
}
