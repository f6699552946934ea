/// What a device lets an initiator write, as far as it says so.
struct WritingAbilities: Equatable {
  /// Files can be sent and deleted, and folders made. Where DeleteObject is missing, nothing is sent either: the part of a
  /// file that broke off would keep the name for good, and nobody could remove it, finish it or put a whole one there.
  /// (Watches announce DeleteObject, also those that then refuse it: see ``MTPDevice/checkReplacing(mustTry:_:_:_:)``.)
  var sends = false
  /// The property ObjectFileName can be set.
  var renames = false
  /// MoveObject is there.
  var moves = false
  /// The property DateModified can be set.
  var setsModified = false
  /// The property DateCreated can be set.
  var setsCreated = false
  /// Android's operations on a part of an object are there.
  var edits = false
}
