/// How something came by the name that it has, or gets, at the destination.
public enum Naming: Hashable, Sendable {
  /// It has the name of the source, or one that the user gave.
  case same
  /// Another one, since the destination cannot hold the true one, which goes on record.
  case mapped(trueName: [UInt8])
  /// A name of its own, with a number, since a conflict has put another version at the one of the source. It goes along
  /// wherever the file is copied to.
  case beside
  /// Its true name, which the source could not hold.
  case restored
}
