/// The record of what earlier runs did, and of the dates that storages could not hold: one SQLite file.
public actor Journal {
  /// Opens the journal at `path`, or makes it, with the folders above it.
  /// - Throws: ``JournalError``; the file is left as it is.
  public static func open(at path: String) throws(JournalError) -> Journal { Journal() }
}
