internal import ArgumentParser

/// The options of commands that take locations and change or show what is there.
struct PlaceOptions: ParsableArguments {
  @Flag(help: "One JSON object per line.") var json = false
  @OptionGroup var waiting: WaitOption
}

/// `--wait`
struct WaitOption: ParsableArguments {
  @Option(
    name: .customLong("wait"),
    help: ArgumentHelp("Wait for a device that is absent, locked or busy.", valueName: "seconds")
  )
  var seconds: Double = 0

  func validate() throws {
    if !(seconds >= 0 && seconds <= 86_400 * 365) {
      throw ValidationError("--wait takes a number of seconds, 0 or more.")
    }
  }
}
