internal import ArgumentParser

/// Describes the command for its help and its error messages; ``Invocation`` runs it.
struct VirtualMTPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "virtual-mtp",
    abstract: "Runs a program with virtual MTP devices plugged in.",
    usage:
      """
      virtual-mtp --folder DIR [--profile NAME] [--serial S] [OPTION...] [--folder DIR ...] [--keep] -- COMMAND...
      virtual-mtp --folder DIR --gadget DIR [OPTION...]
      """,
    discussion: """
      Each --folder begins a device; the options after it are that device's. The command, and what it starts, sees \
      these devices in place of the machine's own USB bus. The devices stay while any program has one open.

      With --gadget a device is on a real USB bus: at a controller of this computer that plays the device, such as the \
      kernel's dummy_hcd, for every program and for the kernel's own USB stack.
      """
  )

  @OptionGroup(title: "Devices")
  var device: DeviceOptions

  @Flag(help: "Stay until interrupted, also when the command has ended.")
  var keep = false

  @Argument(help: "The command and its arguments.")
  var command: [String]
}
