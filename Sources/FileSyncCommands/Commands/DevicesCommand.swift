internal import ArgumentParser
internal import MTPStorage

/// `filesync devices`
struct DevicesCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Lists the connected MTP devices and their storages.",
    discussion: "Devices that other programs hold are described without being opened. No device is reset."
  )

  @Flag(help: "One JSON object per line.") var json = false

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let devices = try context.devicesOrFailure()
    for device in devices {
      try context.checkInterrupt()
      let report = DeviceReport(
        device: device,
        location: device.location(among: devices),
        state: await DeviceReport.look(device, context)
      )
      if json { context.output.line(report.json.text) } else { report.lines.forEach { context.output.line($0) } }
    }
    return .done
  }
}
