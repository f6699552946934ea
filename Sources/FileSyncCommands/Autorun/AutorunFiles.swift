internal import Foundation

/// The udev rules and systemd units on this computer that start profiles.
struct AutorunFiles: Sendable {
  /// One that was found.
  struct Found: Hashable, Sendable {
    var file: String
    /// Whether it is for, or in, the system's manager.
    var isSystem: Bool
  }

  private(set) var units: [ProfileName: [Found]] = [:]
  private(set) var rules: [ProfileName: [Found]] = [:]

  var names: Set<ProfileName> { Set(units.keys).union(rules.keys) }

  init(_ context: CommandContext) {
    let root = context.systemRoot
    let system = ["etc/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system"].map { root + $0 }
    let user =
      ["\(context.configHome)/systemd/user"]
      + ["etc/systemd/user", "usr/local/lib/systemd/user", "usr/lib/systemd/user"].map { root + $0 }
    for folder in system + user {
      for file in Self.files(folder) {
        guard let name = Self.profile(ofUnit: file) else { continue }
        units[name, default: []].append(Found(file: "\(folder)/\(file)", isSystem: system.contains(folder)))
      }
    }
    for folder in ["etc", "run", "usr/local/lib", "usr/lib"].map({ "\(root)\($0)/udev/rules.d" }) {
      for file in Self.files(folder) where file.hasSuffix(".rules") { read("\(folder)/\(file)") }
    }
  }

  private mutating func read(_ file: String) {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8), text.contains("filesync-") else { return }
    for line in text.split(separator: "\n") where !line.drop(while: \.isWhitespace).hasPrefix("#") {
      for match in line.matches(of: /ENV\{SYSTEMD_(USER_)?WANTS\}\+?="([^"]*)"/) {
        for unit in match.2.split(separator: " ") {
          guard let name = Self.profile(ofUnit: String(unit)) else { continue }
          rules[name, default: []].append(Found(file: file, isSystem: match.1 == nil))
        }
      }
    }
  }

  private static func files(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private static func profile(ofUnit unit: String) -> ProfileName? {
    guard unit.hasPrefix("filesync-"), unit.hasSuffix("@.service") else { return nil }
    return try? ProfileName(String(unit.dropFirst("filesync-".count).dropLast("@.service".count)))
  }
}
