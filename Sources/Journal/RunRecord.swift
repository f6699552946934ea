package import Foundation
package import Storage

/// An earlier run as the journal has it.
package struct RunRecord: Sendable {
  /// Numbers runs in their order, from 1.
  package var id: Int64
  package var uuid: UUID
  /// Unix time in seconds.
  package var started: Int64
  /// `nil` if the run never came to its end, or has not yet.
  package var ended: Int64?
  /// How it ended, in the engine's word.
  package var ending: String?
  /// Whether its process is still there.
  package var goesOn: Bool
  /// As JSON.
  package var policy: String
  package var counts: String?
  package var source: End
  package var destination: End

  /// One end of a run.
  package struct End: Sendable {
    /// Numbers the folder in the journal, as ``Journal/root(of:)`` gives it: no two devices or storages share one.
    package var root: Int64
    /// `nil` for a folder on disk.
    package var device: DeviceIdentity?
    /// Of the device's storage.
    package var label: String?
    /// From the root of the storage.
    package var path: [UInt8]
  }
}

/// A step of an earlier run.
package struct StepRecord: Sendable {
  package var sequence: Int64
  package var change: String
  package var reason: String
  package var path: RelativePath
  /// Where at the destination; `nil` in a journal of the first version.
  package var target: RelativePath?
  /// `intent`, `sent`, `done`, `skipped` or `failed`.
  package var phase: String
  /// Why it failed or was left out.
  package var code: String?
}
