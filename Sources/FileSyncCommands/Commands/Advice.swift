internal import Foundation
internal import Storage

/// What a user can do about an error, and the exit status of a run that ends with it.
struct Advice: Hashable, Sendable {
  var status: CommandStatus
  var cure: String?
}

extension StorageError.Reason {
  /// What helps a run.
  var advice: Advice { advice(goesOn: true) }

  /// The one table from errors to cures and exit statuses.
  /// - Parameter goesOn: whether the command, given again, goes on where it stopped, or begins anew.
  func advice(goesOn: Bool) -> Advice {
    let again = "then run the same command again" + (goesOn ? ": it goes on." : ".")
    return switch self {
    case .notFound: Advice(status: .notPossible, cure: "Check the path: `filesync ls` shows what is there.")
    case .alreadyExists: Advice(status: .notPossible, cure: "Move or rename what is there, then run again.")
    case .notADirectory: Advice(status: .notPossible, cure: "Name a folder.")
    case .notAFile: Advice(status: .notPossible, cure: "Name a file.")
    case .directoryNotEmpty: Advice(status: .notPossible, cure: "Empty the folder first.")
    case .readingDenied: Advice(status: .notPossible, cure: "Check who owns it and who may read it.")
    case .permissionDenied: Advice(status: .notPossible, cure: "Check who owns it and who may write there.")
    case .readOnly: Advice(status: .notPossible, cure: "Choose another place, or make this one writable.")
    case .noSpace:
      Advice(status: .notPossible, cure: "Free some space there, \(again)")
    case .fileTooLarge:
      Advice(status: .notPossible, cure: "This file system cannot hold a file of that size. Choose another.")
    case .nameNotAllowed: Advice(status: .notPossible, cure: "Rename it at the source.")
    case .ambiguousName: Advice(status: .notPossible, cure: "Two files have this name. Rename one of them.")
    case .changed: Advice(status: .someFailed, cure: "It changed while it was looked at. Run the same command again.")
    case .wrongLength: Advice(status: .someFailed, cure: "Nothing was replaced. Run the same command again.")
    case .verificationFailed: Advice(status: .someFailed, cure: "Nothing was replaced. Run the same command again.")
    case .unsupported: Advice(status: .notPossible)
    case .inputOutput:
      Advice(status: .notPossible, cure: "Check the disk and the cable; the system's log (`dmesg`) may say more.")
    case .cancelled: Advice(status: .interrupted, cure: "Run the same command again\(goesOn ? " to go on" : "").")
    case .deviceAbsent:
      Advice(status: .notReady, cure: "Plug it in, unlock it, and choose \u{201C}File transfer\u{201D}.")
    case .deviceLost: Advice(status: .notReady, cure: "Plug it in again, \(again)")
    case .deviceLocked:
      Advice(
        status: .notReady,
        cure: "Unlock it, and tap Allow or choose \u{201C}File transfer\u{201D} if it asks."
      )
    case .deviceBusy: Advice(status: .notReady, cure: "Close that program, or unmount the device in it.")
    case .deviceForbidden:
      Advice(
        status: .notPossible,
        cure: """
          Install FileSync's udev rule, then plug the device in again:
            sudo cp \(shellWord(UdevRule.path)) /etc/udev/rules.d/ && sudo udevadm control --reload
          """
      )
    case .deviceCharging:
      Advice(
        status: .notReady,
        cure: "It only charges. Unlock it, open its USB notification, and choose \u{201C}File transfer\u{201D}."
      )
    case .deviceTimedOut:
      Advice(status: .notReady, cure: "Unplug it, plug it in again, \(again)")
    case .deviceProtocol:
      Advice(status: .notPossible, cure: "Unplug it and plug it in again. If it stays, please report this device.")
    case .nameReserved:
      Advice(status: .notPossible, cure: "Unplug the device and plug it in again: that frees the name.")
    case .deletionRefused:
      Advice(
        status: .notPossible,
        cure: "Some devices let nothing be deleted over USB. Delete it on the device itself."
      )
    case .deviceRefused: Advice(status: .notPossible, cure: "Unlock the device, and look at its screen for a question.")
    }
  }
}

/// FileSync's rule for devices that the system's own udev rules do not know.
enum UdevRule {
  static let path = path(
    program: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  )

  /// Where it was installed along with the program; else where the source has it.
  static func path(program: String) -> String {
    let prefix = URL(filePath: program).deletingLastPathComponent().deletingLastPathComponent()
    let installed = prefix.appending(path: "share/filesync/70-filesync.rules").path
    return FileManager.default.fileExists(atPath: installed) ? installed : "udev/70-filesync.rules"
  }
}
