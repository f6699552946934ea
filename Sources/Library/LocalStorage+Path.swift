public import LocalStorage
public import Storage
internal import SystemPackage

extension LocalStorage {
  /// Opens a folder of this computer, for programs that have its path as text.
  /// - Parameters:
  ///   - path: Of the folder, absolute or from the working folder.
  ///   - creating: Whether a missing folder is made, with all that is missing above it.
  /// - Throws: `notFound` (it does not exist), `notADirectory`, `readingDenied` (it may not be listed), and what
  ///   making a folder can throw; all with the recovery `stop`.
  /// - Returns: The storage; whether it can be written to is in its ``StorageTraits/capabilities``.
  public static func open(_ path: String, creating: Bool = false) throws(StorageError) -> LocalStorage {
    try open(FilePath(path), creating: creating)
  }
}
