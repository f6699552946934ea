import Foundation
import Testing

/// A page of the documentation that has commands in it, which tests run as they stand there.
struct Documentation {
  /// A heading, and the commands of all listings below it that are marked as a shell's.
  struct Section: Sendable {
    var heading: String
    var commands: String
  }

  let text: String

  init(_ path: String) throws {
    text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
  }

  static let root = URL(filePath: #filePath).appending(path: "../../..").standardized

  /// The sections that have commands, in the page's order.
  var sections: [Section] {
    var sections: [Section] = []
    var (heading, isInside) = ("", false)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```" || line == "```sh" {
        isInside = line == "```sh"
      } else if isInside {
        if sections.last?.heading != heading { sections.append(Section(heading: heading, commands: "")) }
        sections[sections.count - 1].commands += line + "\n"
      } else if line.hasPrefix("#") {
        heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
      }
    }
    return sections
  }
}

extension DeviceWorld {
  /// Runs commands as somebody types them in a shell, in whose PATH the programs are; the first that fails ends it.
  func type(_ commands: String, on devices: [Device]) async throws -> Ending {
    let start = "PATH=\(builtProducts):$PATH; set -e -o pipefail\n"
    return try await plugged(devices, ["/bin/bash", "-c", start + commands])
  }
}
