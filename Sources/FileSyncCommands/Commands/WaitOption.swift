internal import ArgumentParser

/// `--wait`, of the commands that open devices or run.
struct WaitOption: ParsableArguments {
  // Unconditional, so that a negative number is told what is wrong with it, and not taken for an option.
  @Option(
    name: .customLong("wait"),
    parsing: .unconditional,
    help: ArgumentHelp(
      "Wait for a device that is absent, locked or busy, and for another run of the same folders. (default: 0)",
      valueName: "seconds"
    ),
    transform: { try Self.seconds($0) }
  )
  var seconds: Double = 0

  /// A year.
  private static let most = 86_400 * 365

  private static func seconds(_ argument: String) throws(ValidationError) -> Double {
    // NaN fails both comparisons.
    guard let seconds = Double(argument), seconds >= 0, seconds <= Double(most) else {
      throw ValidationError("write a number of seconds, 0 to \(most)")
    }
    return seconds
  }
}
