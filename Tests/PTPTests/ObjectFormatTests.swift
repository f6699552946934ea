import PTP
import Testing

@Suite struct ObjectFormatTests {
  @Test(
    "An extension tells the format, in any letters; nothing else does",
    arguments: [
      ("a.jpg", ObjectFormat.exifJPEG), ("A.JPEG", .exifJPEG), ("b.tar.mp3", .mp3), (".mp3", .mp3),
      ("mp3", .undefined), ("a.", .undefined), ("a.xyz", .undefined), ("", .undefined), ("a.jpg ", .undefined),
    ]
  )
  func fileName(_ name: String, _ format: ObjectFormat) { #expect(ObjectFormat(fileName: name) == format) }
}
