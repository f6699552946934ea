internal import Foundation
internal import SystemPackage

/// Names of files on this computer are bytes and need not be UTF-8, and the words of a command line are strings here. So a
/// byte that belongs to no character stands as one of 128 characters of a private area, U+10FF80 to U+10FFFF, and such a
/// character itself as its four bytes: every name comes through as it was.
extension String {
  /// A path, or a word of a command line.
  init(pathBytes: some Sequence<UInt8>) {
    let bytes = Array(pathBytes)
    self.init()
    var position = 0
    var parser = Unicode.UTF8.ForwardParser()
    var rest = bytes.makeIterator()
    while true {
      let length: Int
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        length = encoded.count
        let scalar = Unicode.UTF8.decode(encoded)
        if scalar.pathByte == nil {
          unicodeScalars.append(scalar)
        } else {
          unicodeScalars.append(
            contentsOf: bytes[position..<position + length].compactMap(Unicode.Scalar.init(pathByte:))
          )
        }
      case .error(let count):
        length = count
        unicodeScalars.append(
          contentsOf: bytes[position..<position + length].compactMap(Unicode.Scalar.init(pathByte:))
        )
      case .emptyInput: return
      }
      position += length
    }
  }

  /// The bytes that it stands for.
  var pathBytes: [UInt8] {
    guard unicodeScalars.contains(where: { $0.pathByte != nil }) else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in scalar.pathByte.map { [$0] } ?? Array(String(scalar).utf8) }
  }
}

extension Unicode.Scalar {
  /// What stands for a byte from 0x80 on; `nil` for others, which are characters themselves.
  init?(pathByte: UInt8) {
    guard pathByte >= 0x80 else { return nil }
    self.init(0x10FF00 + UInt32(pathByte))
  }

  /// The byte that it stands for; `nil` for what is a character.
  var pathByte: UInt8? { value >= 0x10FF80 ? UInt8(value - 0x10FF00) : nil }
}

extension FilePath {
  init(bytes: some Sequence<UInt8>) {
    let text = bytes.map { CChar(bitPattern: $0) } + [0]
    self.init(platformString: text)
  }

  init(pathText: String) { self.init(bytes: pathText.pathBytes) }

  var pathText: String { unsafe withPlatformString { unsafe String(pathAt: $0) } }
}

extension FilePath.Component {
  var pathText: String { unsafe withPlatformString { unsafe String(pathAt: $0) } }
}

extension String {
  /// A path as C has it.
  @unsafe init(pathAt start: UnsafePointer<CChar>) {
    let count = unsafe strlen(start)
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    self.init(pathBytes: bytes)
  }
}

/// As realpath(3).
func realPath(_ path: String) -> Result<String, Errno> {
  let bytes = path.pathBytes.map { CChar(bitPattern: $0) } + [0]
  guard let real = unsafe realpath(bytes, nil) else { return .failure(Errno(rawValue: errno)) }
  defer { unsafe free(real) }
  return .success(unsafe String(pathAt: real))
}

/// A path from `/`, of one that may begin in the working directory.
func absolutePath(_ typed: String, from workingDirectory: String) -> String {
  // By bytes, since a combining mark makes one character of itself and a slash before it.
  typed.utf8.first == UInt8(ascii: "/") ? typed : "\(workingDirectory)/\(typed)"
}
