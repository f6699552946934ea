internal import CLibMTP

/// Gives out transaction ids, in step with libmtp's own counter where that could be found and proven: libmtp and we
/// share one session, and a responder may insist on rising numbers.
@safe struct TransactionIDs {
  /// libmtp's counter, which holds the last id it used.
  private let shared: UnsafeMutablePointer<UInt32>?
  private var own: UInt32

  /// Looks for libmtp's counter: in its PTPParams it follows the pointer that equals `usbinfo` (libmtp 1.1.16 to
  /// 1.1.23). It is proven when asking for the storages advances it by one, and one for each storage.
  init(sharedWith device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>) {
    let candidate = unsafe Self.candidate(in: device)
    let before = unsafe candidate?.pointee
    unsafe _ = LIBMTP_Get_Storage(device, LIBMTP_STORAGE_SORTBY_NOTSORTED)
    unsafe _ = LibMTP.drainErrors(of: device)
    var storages: UInt32 = 0
    var next = unsafe device.pointee.storage
    while let storage = unsafe next {
      storages += 1
      unsafe next = storage.pointee.next
    }
    if let before, let after = unsafe candidate?.pointee, after == before &+ 1 &+ storages {
      unsafe shared = candidate
    } else {
      unsafe shared = nil
    }
    // Far above what libmtp counts to; accepted by every responder measured.
    own = 0x4000_0000
  }

  private static func candidate(
    in device: UnsafeMutablePointer<LIBMTP_mtpdevice_t>
  ) -> UnsafeMutablePointer<UInt32>? {
    guard let params = unsafe device.pointee.params, let info = unsafe device.pointee.usbinfo else { return nil }
    // PTPParams is far larger than what is searched here: its first 256 bytes.
    for offset in stride(from: 0, to: 248, by: 8)
    where unsafe params.load(fromByteOffset: offset, as: UnsafeMutableRawPointer?.self) == info {
      return unsafe (params + offset + 8).assumingMemoryBound(to: UInt32.self)
    }
    return nil
  }

  /// The next id: never 0 and never 0xFFFFFFFF (MTP 1.1 section 4.3.2.2).
  mutating func next() -> UInt32 {
    guard let shared = unsafe shared else {
      own = own >= 0xFFFF_FFFE ? 0x4000_0001 : own + 1
      return own
    }
    let id = unsafe shared.pointee >= 0xFFFF_FFFE ? 1 : shared.pointee + 1
    unsafe shared.pointee = id
    return id
  }
}
