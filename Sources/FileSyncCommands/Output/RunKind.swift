/// What a run is for, by which its plan and its numbers are worded.
enum RunKind: Hashable, Sendable {
  case copy
  /// A copy whose source is removed then.
  case move
  /// With `offersRestoring` the summary tells how to get back what is gone from the destination.
  case sync(offersRestoring: Bool)
  case dates
  case check
  /// Tells what could be removed at the source.
  case proof
}
