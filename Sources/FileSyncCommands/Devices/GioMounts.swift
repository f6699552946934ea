internal import Foundation
internal import MTPStorage

/// The mounts of gvfs, through its program `gio`. Where it is missing, nothing is mounted by it.
struct GioMounts: Sendable {
  private let gio: DesktopProgram

  /// `limit` is the longest that `gio` may take, in seconds.
  init(environment: [String: String], limit: Double = 20) {
    gio = DesktopProgram("gio", environment: environment, limit: limit)
  }

  /// The URLs under which gvfs has mounted this device.
  func urls(of device: USBDevice) async throws(DesktopProgram.Stuck) -> [String] {
    let listing = try await gio.run(["mount", "-l"])?.output ?? ""
    return Self.urls(in: listing).filter { url in
      guard case .device(let location, _)? = try? Location.pasted(url) else { return false }
      return location.device.fits(device)
    }
  }

  /// The URLs of MTP devices and cameras in what `gio mount -l` prints: `Mount(0): NAME -> mtp://HOST/`.
  static func urls(in listing: String) -> [String] {
    var urls: [String] = []
    for line in listing.split(separator: "\n") {
      guard let arrow = line.range(of: " -> ", options: .backwards) else { continue }
      let url = line[arrow.upperBound...].trimmingCharacters(in: .whitespaces)
      let isOurs = url.hasPrefix("mtp://") || url.hasPrefix("gphoto2://")
      if isOurs, !urls.contains(url) { urls.append(url) }
    }
    return urls
  }

  /// Unmounts one. - Returns: whether gvfs did it.
  func unmount(_ url: String) async throws(DesktopProgram.Stuck) -> Bool {
    try await gio.run(["mount", "-u", url])?.status == 0
  }

  /// Mounts one again. - Returns: whether gvfs did it, or had done it already.
  func mount(_ url: String) async throws(DesktopProgram.Stuck) -> Bool {
    guard let result = try await gio.run(["mount", url]) else { return false }
    if result.status == 0 { return true }
    let listing = try await gio.run(["mount", "-l"])?.output ?? ""
    return Self.urls(in: listing).contains(url)
  }

  /// Has one mounted again, and does not wait for it.
  func beginMounting(_ url: String) { gio.begin(["mount", url]) }
}
