internal import ArgumentParser
internal import SyncEngine

/// What becomes of the two versions of a conflict, on the command line.
enum ConflictOption: String, ExpressibleByArgument, CaseIterable {
  case both, newer, larger, source, destination, ask

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
