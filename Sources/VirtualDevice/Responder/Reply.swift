internal import PTP

/// What a device does about one command.
struct Reply {
  /// What the data phase to the host carries.
  enum Payload {
    case bytes([UInt8])
    /// `length` bytes of a file from `offset` on.
    case file(path: String, offset: UInt64, length: UInt64)

    /// In bytes.
    var length: UInt64 {
      switch self {
      case .bytes(let bytes): UInt64(bytes.count)
      case .file(_, _, let length): length
      }
    }
  }

  /// `nil` if there is no data phase to the host.
  var payload: Payload?
  var response: ResponseCode
  var parameters: [UInt32] = []

  /// A response without data.
  static func code(_ response: ResponseCode, _ parameters: UInt32...) -> Reply {
    Reply(payload: nil, response: response, parameters: parameters)
  }

  /// Data, then OK.
  static func data(_ bytes: [UInt8], _ parameters: UInt32...) -> Reply {
    Reply(payload: .bytes(bytes), response: .ok, parameters: parameters)
  }
}
