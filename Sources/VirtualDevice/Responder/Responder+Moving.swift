internal import Glibc
internal import PTP

// MoveObject and CopyObject as in Android's MtpServer.cpp: read, not run. Unlike in SendObjectInfo, the root is the
// parent 0, and 0xFFFFFFFF is no object.
extension Responder {
  mutating func move(_ command: Command) -> Reply {
    let (object, place): (StoredObject, (folder: StoredObject?, storage: StorageID))
    switch relocation(command) {
    case .success(let found): (object, place) = found
    case .failure(let refusal): return .code(refusal.code)
    }
    let path = newPath(of: object, in: place)
    // Between storages, Android copies and deletes.
    let isDone =
      object.storage == place.storage
      ? Folder.rename(object.path, to: path) : Folder.copy(object.path, to: path) && Folder.remove(object.path)
    guard isDone else { return .code(.generalError) }
    store.move(object, to: place.folder, on: place.storage)
    return .code(.ok)
  }

  mutating func copy(_ command: Command) -> Reply {
    let (object, place): (StoredObject, (folder: StoredObject?, storage: StorageID))
    switch relocation(command) {
    case .success(let found): (object, place) = found
    case .failure(let refusal): return .code(refusal.code)
    }
    let size = object.isFolder ? 0 : FileStatus(path: object.path)?.size ?? 0
    guard size <= space(of: place.storage).free else { return .code(.storeFull) }
    guard Folder.copy(object.path, to: newPath(of: object, in: place)) else { return .code(.generalError) }
    let made = store.add(object.name, to: place.folder, on: place.storage, isFolder: object.isFolder)
    store.settle(made)
    return .code(.ok, made.handle.rawValue)
  }

  /// The object that goes elsewhere, and where; its name must be free there.
  private mutating func relocation(
    _ command: Command
  ) -> Result<(StoredObject, (folder: StoredObject?, storage: StorageID)), Refusal> {
    guard command.parameters.count >= 3 else { return .failure(Refusal(code: .invalidParameter)) }
    guard !isLocked else { return .failure(Refusal(code: .generalError)) }
    let storage = StorageID(rawValue: command.parameter(1))
    guard storages.contains(storage) else { return .failure(Refusal(code: .invalidStorageID)) }
    guard let object = object(command.parameter(0)) else { return .failure(Refusal(code: .invalidObjectHandle)) }
    var folder: StoredObject?
    if command.parameter(2) != 0 {
      folder = self.object(command.parameter(2))
      guard let folder else { return .failure(Refusal(code: .invalidObjectHandle)) }
      guard folder.isFolder else { return .failure(Refusal(code: .invalidParentObject)) }
    }
    // Into itself: Android's recursion would end with the longest path there is.
    guard folder.map({ !($0.path + "/").utf8.starts(with: (object.path + "/").utf8) }) ?? true else {
      return .failure(Refusal(code: .generalError))
    }
    guard store.child(object.name, of: folder, on: storage, folding: profile.rules.foldsNames) == nil else {
      return .failure(Refusal(code: .generalError))
    }
    return .success((object, (folder, storage)))
  }

  private func newPath(of object: StoredObject, in place: (folder: StoredObject?, storage: StorageID)) -> String {
    (place.folder?.path ?? store.root(of: place.storage) ?? "") + "/" + object.name
  }
}
