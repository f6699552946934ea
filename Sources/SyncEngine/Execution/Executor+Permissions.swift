internal import Storage

extension Executor {
  /// Has the user get into the folders whose access rights are to change: something may have to be put there first.
  mutating func openFolders() async {
    for folder in plan.permissions where folder.isDirectory {
      // What cannot be done now is told at the end.
      try? await run.destination.setPermissions((folder.permissions ?? 0) | 0o700, of: folder)
    }
  }

  /// Gives equal files and folders the source's access rights, the innermost first: into others one may not get then.
  mutating func setPermissions() async {
    for entry in plan.permissions.reversed() where !control.isCancelled {
      guard let permissions = entry.permissions else { continue }
      do throws(StorageError) {
        try await run.destination.setPermissions(permissions, of: entry)
        counts.permissionsSet += 1
      } catch {
        leftBehind = true
        report(.warning(error.about(entry.path)))
      }
    }
  }
}
