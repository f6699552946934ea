// The entry point of the fuzzer for the decoders of PTP. What it does is in Tests/PTPTests/DecoderTarget.swift.

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
  if let fault = decodeAsFuzzed(input) { fatalError(fault) }
  return 0
}
