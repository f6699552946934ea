internal import ArgumentParser

/// A number on the command line, in digits, that is not below `least`.
/// - Throws: what can be written.
func wholeNumber(_ argument: String, from least: Int) throws(ValidationError) -> Int {
  guard let number = Int(argument), number >= least else {
    throw ValidationError("write a whole number, \(least) or more")
  }
  return number
}
