/// Tells a folder of this computer from all others that it has at the same time, by whatever path or mount it is reached.
package struct FolderIdentity: Hashable, Sendable {
  /// As st_dev and st_ino, stat(2).
  package var device: UInt64
  package var inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}
