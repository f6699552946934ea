internal import Glibc
internal import PTP

// Android's operations on a part of an object (MtpServer.cpp). They write into the file itself, which therefore gets
// the time of the last write for its date.
extension Responder {
  mutating func beginEdit(_ command: Command) -> Reply {
    let handle = ObjectHandle(rawValue: command.parameter(0))
    guard edits[handle] == nil else { return .code(.generalError) }
    guard let object = object(command.parameter(0)) else { return .code(.invalidObjectHandle) }
    guard !object.isFolder, let status = FileStatus(path: object.path) else { return .code(.generalError) }
    edits[handle] = status.size
    return .code(.ok)
  }

  mutating func endEdit(_ command: Command) -> Reply {
    .code(edits.removeValue(forKey: ObjectHandle(rawValue: command.parameter(0))) == nil ? .generalError : .ok)
  }

  mutating func truncate(_ command: Command) -> Reply {
    guard command.parameters.count >= 3 else { return .code(.invalidParameter) }
    let handle = ObjectHandle(rawValue: command.parameter(0))
    let size = UInt64(command.parameter(1)) | UInt64(command.parameter(2)) << 32
    guard edits[handle] != nil, let object = store.object(handle),
      unsafe Glibc.truncate(object.path, off_t(clamping: size)) == 0
    else { return .code(.generalError) }
    edits[handle] = size
    return .code(.ok)
  }

  /// SendPartialObject, within an edit and not beyond its end.
  func acceptPart(_ command: Command) -> Acceptance {
    guard !isLocked else { return .refused(.invalidObjectHandle) }
    guard command.parameters.count >= 4 else { return .refused(.invalidParameter) }
    let handle = ObjectHandle(rawValue: command.parameter(0))
    let offset = UInt64(command.parameter(1)) | UInt64(command.parameter(2)) << 32
    guard let size = edits[handle], offset <= size, let object = store.object(handle) else {
      return .refused(.generalError)
    }
    return .file(Upload(object: object, purpose: .part(offset), size: command.parameter(3)))
  }

  mutating func finishPart(_ upload: Upload, _ ending: Upload.Ending) {
    guard case .part(let offset) = upload.purpose, ending == .complete else { return }
    edits[upload.object.handle] = max(edits[upload.object.handle] ?? 0, offset + UInt64(upload.size))
  }
}
