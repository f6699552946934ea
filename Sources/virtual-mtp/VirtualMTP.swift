internal import ArgumentParser
internal import Foundation
internal import VirtualDevice

@main
struct VirtualMTP {
  static func main() {
    // Before any thread exists, so that signals come to the one place that waits for them.
    SignalWait.block()
    do {
      let invocation = try Invocation(Words(Words.ofProcess))
      exit(try invocation.run())
    } catch USBPortError.system(let reason) {
      VirtualMTPCommand.exit(withError: ValidationError("The bus cannot be used: \(reason)"))
    } catch {
      VirtualMTPCommand.exit(withError: error)
    }
  }
}
