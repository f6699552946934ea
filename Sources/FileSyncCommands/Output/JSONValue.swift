internal import Foundation
internal import Storage
internal import SyncEngine

/// A value of a line of JSON.
enum JSONValue: Encodable, Hashable, Sendable {
  case text(String)
  case number(Int64)
  case size(UInt64)
  case truth(Bool)
  case list([JSONValue])
  case object([String: JSONValue])

  func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .text(let text): try value.encode(text)
    case .number(let number): try value.encode(number)
    case .size(let size): try value.encode(size)
    case .truth(let truth): try value.encode(truth)
    case .list(let list): try value.encode(list)
    case .object(let object): try value.encode(object)
    }
  }

  static func count(_ count: Int) -> JSONValue { .number(Int64(count)) }
}

/// One line of JSON output: an object with `type` and `version`, as `docs/json.md` describes them.
struct JSONLine: Hashable, Sendable {
  /// Raised when a field changes its meaning or goes away; new fields do not raise it.
  static let version: Int64 = 1

  var type: String
  var fields: [String: JSONValue]

  init(_ type: String, _ fields: [String: JSONValue] = [:]) {
    self.type = type
    self.fields = fields
  }

  /// The line, without its end. Characters that a terminal could obey are written as `\uXXXX`.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let known: [String: JSONValue] = ["type": .text(type), "version": .number(Self.version)]
    // Text, numbers and lists of them cannot fail to encode.
    guard let bytes = try? encoder.encode(JSONValue.object(fields.merging(known) { $1 })) else { return "{}" }
    return String(decoding: bytes, as: UTF8.self).unicodeScalars.reduce(into: "") { text, scalar in
      if isHazardous(scalar) {
        for unit in String(scalar).utf16 { text += "\\u" + String(format: "%04x", unit) }
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }
}

extension JSONLine {
  /// The same, with what it is about of a two-way run.
  func toward(_ direction: TwoWayPlan.Direction?) -> JSONLine {
    JSONLine(type, fields.with("toward", direction.map { .text($0.word) }))
  }
}

extension [String: JSONValue] {
  /// Adds `path`, and `pathBytes` in Base64 where the path is no UTF-8 and `path` therefore not exact.
  func with(_ path: RelativePath?) -> [String: JSONValue] {
    guard let path else { return self }
    var fields = self
    fields["path"] = .text(path.text)
    if String(validating: path.bytes, as: UTF8.self) == nil {
      fields["pathBytes"] = .text(Data(path.bytes).base64EncodedString())
    }
    return fields
  }

  /// Adds a true name, as ``with(_:)-path`` adds a path.
  func with(trueName name: [UInt8]) -> [String: JSONValue] {
    var fields = self
    fields["trueName"] = .text(String(decoding: name, as: UTF8.self))
    if String(validating: name, as: UTF8.self) == nil {
      fields["trueNameBytes"] = .text(Data(name).base64EncodedString())
    }
    return fields
  }

  /// Adds a field, if there is a value.
  func with(_ name: String, _ value: JSONValue?) -> [String: JSONValue] {
    guard let value else { return self }
    return merging([name: value]) { $1 }
  }
}
