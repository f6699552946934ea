internal import ArgumentParser

/// The options of commands that take locations and change or show what is there.
struct PlaceOptions: ParsableArguments {
  @Flag(help: "One JSON object per line.") var json = false
  @OptionGroup var waiting: WaitOption
}
