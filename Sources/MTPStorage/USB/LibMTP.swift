internal import CLibMTP
internal import PTP
internal import Storage
internal import Synchronization

/// libmtp as a whole: what is global in it.
enum LibMTP {
  /// Held while a device is opened: libmtp's USB context and its tables are unlocked globals (libmtp 1.1.20, D).
  static let opening = Mutex<Void>(())

  private static let started: Void = {
    LIBMTP_Init()
    LIBMTP_Set_Debug(0)
  }()

  /// Initialises libmtp, once in a process.
  static func start() { started }

  /// The messages on a device's error stack, oldest first, which is then cleared. The return value of a call decides
  /// whether it failed; the stack only explains, and may hold warnings after a success.
  static func drainErrors(of device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>) -> [String] {
    var messages: [String] = []
    var next = unsafe LIBMTP_Get_Errorstack(device)
    while let error = unsafe next {
      if let text = unsafe error.pointee.error_text { messages.append(unsafe String(cString: text)) }
      unsafe next = error.pointee.next
    }
    unsafe LIBMTP_Clear_Errorstack(device)
    return messages
  }

  /// The error for a call that failed: the stack's words, and a guess at what helps. libmtp hides the real response
  /// code of operations with data. After an input or output error every further call would wait for its time-out, or
  /// take the answer to another for its own: then the recovery is `reopen`.
  static func failure(of device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>, _ what: String) -> StorageError {
    let messages = unsafe drainErrors(of: device)
    let isLost = messages.contains { $0.contains("I/O") || $0.contains("02ff") || $0.contains("Timeout") }
    let cause = "libmtp could not \(what)" + (messages.isEmpty ? "" : ": " + messages.joined(separator: "; "))
    if isLost { return StorageError(.deviceLost, .reopen, cause: cause) }
    guard let code = messages.lazy.compactMap(responseCode).first else {
      return StorageError(.deviceRefused, .nextFile, cause: cause)
    }
    var error = code.error(what)
    error.cause = cause
    return error
  }

  /// The response in a message: `PTP Layer error 2009: ...`.
  private static func responseCode(_ message: String) -> ResponseCode? {
    guard let mark = message.firstRange(of: "PTP Layer error ") else { return nil }
    return UInt16(message[mark.upperBound...].prefix(4), radix: 16).map(ResponseCode.init)
  }

  /// Lets libusb work on the transfers of libmtp's context until `completed` is not 0, or `milliseconds` are over.
  static func handleEvents(until completed: UnsafeMutablePointer<Int32>, milliseconds: Int) {
    var time = timeval(tv_sec: milliseconds / 1000, tv_usec: (milliseconds % 1000) * 1000)
    unsafe _ = LIBMTP_Handle_Events_Timeout_Completed(&time, completed)
  }
}
