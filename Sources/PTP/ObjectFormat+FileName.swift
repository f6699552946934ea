extension ObjectFormat {
  /// The format of a name's extension, as Android (MediaFile.java) and cameras have it; ``undefined`` if it says nothing.
  public init(fileName: String) {
    let formats: [String: ObjectFormat] = [
      "jpg": .exifJPEG, "jpeg": .exifJPEG, "png": .png, "gif": .gif, "bmp": .bmp, "tif": .tiff, "tiff": .tiff,
      "dng": .dng, "heic": .heif, "heif": .heif, "mp3": .mp3, "wav": .wav, "ogg": .ogg, "aac": .aac, "flac": .flac,
      "wma": .wma, "mp4": .mp4Container, "3gp": .threeGPContainer, "mpg": .mpeg, "mpeg": .mpeg, "avi": .avi,
      "txt": .text, "htm": .html, "html": .html, "xml": .xmlDocument, "m3u": .m3uPlaylist, "pls": .plsPlaylist,
    ]
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
    self = parts.count > 1 ? parts.last.flatMap { formats[$0.lowercased()] } ?? .undefined : .undefined
  }
}
