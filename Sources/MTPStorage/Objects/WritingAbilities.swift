/// What a device lets an initiator write, as far as it says so.
struct WritingAbilities: Equatable {
  /// Files can be sent and deleted, and folders made.
  var sends = false
  /// The property ObjectFileName can be set.
  var renames = false
  /// MoveObject is there.
  var moves = false
  /// The property DateModified can be set.
  var setsModified = false
  /// The property DateCreated can be set.
  var setsCreated = false
}
