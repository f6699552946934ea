import Foundation
import PTP
import Testing

@testable import VirtualDevice

/// Asks a responder directly, without a cable.
struct Initiator {
  var responder: Responder
  private var transaction: UInt32 = 0

  init(_ profile: Profile, _ folders: [String], zone: String = "UTC", session: Bool = true) throws {
    let zone = try #require(TimeZone(identifier: zone))
    responder = Responder(profile: profile, clock: DeviceClock(zone: zone), serial: "SERIAL", folders: folders)
    if session { #expect(ask(.openSession, 1).response == .ok) }
  }

  mutating func ask(_ code: OperationCode, _ parameters: UInt32..., data: [UInt8] = []) -> Reply {
    transaction += 1
    return responder.answer(Command(code, transactionID: transaction, parameters: parameters), data: data)
  }

  /// The data of an answer that must be OK.
  mutating func data(_ code: OperationCode, _ parameters: UInt32...) throws -> [UInt8] {
    transaction += 1
    let reply = responder.answer(Command(code, transactionID: transaction, parameters: parameters), data: [])
    #expect(reply.response == .ok)
    switch try #require(reply.payload) {
    case .bytes(let bytes): return bytes
    case .file(let path, let offset, let length):
      guard let file = OpenFile(path: path) else { throw Missing(name: path) }
      var bytes = [UInt8](repeating: 0, count: Int(length))
      #expect(file.read(bytes.count, at: offset, into: &bytes, from: 0) == bytes.count)
      return bytes
    }
  }

  /// The handles of a folder's children; of the first storage's root by default.
  mutating func handles(in parent: UInt32 = 0xFFFF_FFFF, storage: UInt32 = 0x0001_0001) throws -> [UInt32] {
    try HandleList.decode(try data(.getObjectHandles, storage, 0, parent))
  }

  mutating func info(_ handle: UInt32) throws -> ObjectInfo {
    try ObjectInfo.decode(try data(.getObjectInfo, handle)).info
  }

  /// The handle of the child of that name.
  mutating func handle(_ name: String, in parent: UInt32 = 0xFFFF_FFFF) throws -> UInt32 {
    for handle in try handles(in: parent) where try info(handle).filename.text() == name { return handle }
    throw Missing(name: name)
  }

  mutating func list(_ handle: UInt32, _ property: ObjectPropertyCode, depth: UInt32) throws -> ObjectPropertyList {
    try ObjectPropertyList(try data(.getObjectPropList, handle, 0, UInt32(property.rawValue), 0, depth))
  }

  struct Missing: Error { var name: String }
}
