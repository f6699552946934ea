import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// Sending objects, rightly and wrongly.
extension USBInitiator {
  static let root: UInt32 = 0xFFFF_FFFF

  /// Sends an ObjectInfo to the first storage.
  func announce(
    _ name: PTPString,
    _ size: UInt64,
    in parent: UInt32 = root,
    format: ObjectFormat = .undefined,
    modified: PTPString = "",
    created: PTPString = "",
    storage: UInt32 = 0x0001_0001
  ) throws -> Response? {
    var info = ObjectInfo()
    info.format = format
    info.size = size
    info.filename = name
    info.modificationDate = modified
    info.captureDate = created
    return try send(.sendObjectInfo, storage, parent, data: info.encoded()).response
  }

  /// Sends `data` as a whole file's, with the zero-length packet if it needs one.
  func sendObject(_ data: [UInt8], length: UInt64? = nil, separateHeader: Bool = false) throws -> Answer {
    let parts = beginObject(length ?? UInt64(data.count), .sendObject)
    let isApart = separateHeader && !data.isEmpty
    let writes = isApart ? [parts.command, parts.header, data] : [parts.command, parts.header + data]
    for bytes in writes {
      if let failure = try host.write(bytes, timeout: Self.patience).error { return Answer(failure: failure) }
    }
    if let last = writes.last, last.count.isMultiple(of: 512) {
      _ = try host.write([], timeout: Self.patience)
    }
    return try readResponse()
  }

  /// The command and the data's header of a transaction that sends `length` bytes.
  func beginObject(
    _ length: UInt64,
    _ code: OperationCode = .sendObject,
    _ parameters: UInt32...
  ) -> (command: [UInt8], header: [UInt8]) {
    let command = Command(code, transactionID: next(), parameters: parameters)
    let header = ContainerHeader(kind: .data, code: code.rawValue, transactionID: transaction, payload: length)
    return (command.encoded, header.encoded)
  }

  /// Reads a response, or what comes in its place.
  func readResponse(timeout: UInt32 = patience) throws -> Answer {
    let last = try host.read(512, timeout: timeout)
    return Answer(response: try? Response(last.bytes), failure: last.error, first: last.bytes)
  }

  /// Whether the device still answers, and in step.
  func isInSync() throws -> Bool {
    let answer = try send(.getStorageIDs)
    return answer.response == Response(.ok, transactionID: transaction)
  }

  /// The names in a folder, as the device lists them.
  func names(in parent: UInt32 = root) throws -> [String] {
    let handles = try HandleList.decode(try #require(try send(.getObjectHandles, 0x0001_0001, 0, parent).data))
    return try handles.map { handle in
      try ObjectInfo.decode(try #require(try send(.getObjectInfo, handle).data)).info.filename.lossy
    }
  }
}

extension TemporaryFolder {
  /// Modification time in Unix seconds; `nil` if there is no such file.
  func modified(_ name: String) -> Int64? { FileStatus(path: path + "/" + name)?.modified }

  /// A file's bytes; `nil` if there is no such file.
  func bytes(_ name: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(fileURLWithPath: path + "/" + name))).map { Array($0) }
  }

  /// The names in the folder itself, in order.
  var names: [String] { Folder.names(in: path) ?? [] }
}
