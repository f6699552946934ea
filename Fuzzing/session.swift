// The entry point of the fuzzer for a whole session. What it does is in Tests/SessionReplay/FuzzedSession.swift.

private let session: FuzzedSession = {
  do { return try FuzzedSession() } catch { fatalError("\(error)") }
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  if let fault = session.run(input) { fatalError(fault) }
  return 0
}
