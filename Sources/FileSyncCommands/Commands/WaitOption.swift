internal import ArgumentParser

/// `--wait`, of the commands that open devices or run.
struct WaitOption: ParsableArguments {
  // Unconditional, so that a negative number is told what is wrong with it, and not taken for an option.
  @Option(
    name: .customLong("wait"),
    parsing: .unconditional,
    help: ArgumentHelp(
      "Wait for a device that is absent, locked or busy, and for another run of the same folders.",
      valueName: "seconds"
    )
  )
  var seconds: Double = 0

  func validate() throws {
    // A year; NaN fails both comparisons.
    guard seconds >= 0, seconds <= 86_400 * 365 else {
      throw ValidationError("--wait takes a number of seconds, 0 or more.")
    }
  }
}
