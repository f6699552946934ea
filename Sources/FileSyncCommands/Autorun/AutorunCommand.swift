internal import ArgumentParser
internal import Foundation

/// `filesync autorun`
struct AutorunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autorun",
    abstract: "Has a profile run when its device is plugged in.",
    subcommands: [AutorunPrintCommand.self]
  )
}

/// `filesync autorun print`
struct AutorunPrintCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "print",
    abstract: "Writes the udev rule and the systemd unit for a profile.",
    discussion: """
      Changes nothing: where they go, and what to do then, stands above each. The device must be connected; it is not \
      opened. `filesync doctor` tells what is missing.
      """
  )

  @Argument(help: "The profile's name.", completion: .profiles, transform: { try ProfileName($0) })
  var name: ProfileName
  @Flag(help: "For a computer that nobody logs in to: the system starts it, as you.") var system = false
  @Flag(help: "Only the udev rule, as it goes into its file.") var rule = false
  @Flag(help: "Only the systemd unit, as it goes into its file.") var unit = false
  @Flag(help: "As a JSON object.") var json = false

  func validate() throws {
    if rule && unit { throw ValidationError("--rule and --unit exclude each other; without them, both are printed.") }
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/filesync"
    let autorun = try Autorun(context.profiles.read(name), isSystem: system, program: program, context)
    if json {
      let fields: [String: JSONValue] = [
        "profile": .text("\(name)"), "rule": .text(autorun.rule), "ruleFile": .text(autorun.ruleFile),
        "unit": .text(autorun.unit), "unitFile": .text(autorun.unitFile),
      ]
      context.output.line(JSONLine("autorunFiles", fields).text)
    } else if rule || unit {
      context.output.write(rule ? autorun.rule : autorun.unit)
    } else {
      context.output.write(both(autorun))
    }
    return .done
  }

  private func both(_ autorun: Autorun) -> String {
    let command = "filesync autorun print\(system ? " --system" : "") \(name)"
    let unitFile = shellWord(autorun.unitFile)
    let folder = shellWord((autorun.unitFile as NSString).deletingLastPathComponent)
    let unit = system ? "\(command) --unit | sudo tee" : "mkdir -p \(folder); \(command) --unit >"
    let reload = system ? "sudo systemctl daemon-reload" : "systemctl --user daemon-reload"
    return """
      # 1. The udev rule: \(autorun.ruleFile)
      #    \(command) --rule | sudo tee \(autorun.ruleFile)

      \(autorun.rule)
      # 2. The systemd unit: \(shown(autorun.unitFile))
      #    \(unit) \(unitFile)

      \(autorun.unit)
      # 3. sudo udevadm control --reload; \(reload)
      #    Then plug the device in again. `filesync doctor` tells whether anything is missing, and the journal what was done:
      #    journalctl \(system ? "" : "--user ")-u 'filesync-\(name)@*'

      """
  }
}
