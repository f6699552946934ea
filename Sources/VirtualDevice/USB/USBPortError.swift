/// Why a call on a ``USBPort`` ended early.
public enum USBPortError: Error, Hashable, Sendable {
  /// The cable is out, for good: attach again for a new port.
  case unplugged
  /// The host reset the bus. Thrown once per reset, by a blocked call or by the next one; halts are cleared.
  case hostReset
  /// The endpoint is halted, until the host clears that.
  case stalled
  /// ``USBPort/interrupt()`` ended the call. Bytes it had already moved are gone.
  case cancelled
  /// The bus directory could not be used.
  case system(String)
}
