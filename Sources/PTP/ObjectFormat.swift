/// What kind of content an object is. A folder is an ``association``.
public struct ObjectFormat: Code {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  // PTP (ISO 15740)

  public static let undefined = ObjectFormat(rawValue: 0x3000)
  public static let association = ObjectFormat(rawValue: 0x3001)
  public static let script = ObjectFormat(rawValue: 0x3002)
  public static let executable = ObjectFormat(rawValue: 0x3003)
  public static let text = ObjectFormat(rawValue: 0x3004)
  public static let html = ObjectFormat(rawValue: 0x3005)
  public static let dpof = ObjectFormat(rawValue: 0x3006)
  public static let aiff = ObjectFormat(rawValue: 0x3007)
  public static let wav = ObjectFormat(rawValue: 0x3008)
  public static let mp3 = ObjectFormat(rawValue: 0x3009)
  public static let avi = ObjectFormat(rawValue: 0x300A)
  public static let mpeg = ObjectFormat(rawValue: 0x300B)
  public static let asf = ObjectFormat(rawValue: 0x300C)
  public static let undefinedImage = ObjectFormat(rawValue: 0x3800)
  public static let exifJPEG = ObjectFormat(rawValue: 0x3801)
  public static let tiffEP = ObjectFormat(rawValue: 0x3802)
  public static let flashPix = ObjectFormat(rawValue: 0x3803)
  public static let bmp = ObjectFormat(rawValue: 0x3804)
  public static let ciff = ObjectFormat(rawValue: 0x3805)
  public static let gif = ObjectFormat(rawValue: 0x3807)
  public static let jfif = ObjectFormat(rawValue: 0x3808)
  public static let photoCD = ObjectFormat(rawValue: 0x3809)
  public static let pict = ObjectFormat(rawValue: 0x380A)
  public static let png = ObjectFormat(rawValue: 0x380B)
  public static let tiff = ObjectFormat(rawValue: 0x380D)
  public static let tiffIT = ObjectFormat(rawValue: 0x380E)
  public static let jp2 = ObjectFormat(rawValue: 0x380F)
  public static let jpx = ObjectFormat(rawValue: 0x3810)
  public static let dng = ObjectFormat(rawValue: 0x3811)
  public static let heif = ObjectFormat(rawValue: 0x3812)

  // MTP 1.1 appendix A

  public static let undefinedFirmware = ObjectFormat(rawValue: 0xB802)
  public static let windowsImageFormat = ObjectFormat(rawValue: 0xB881)
  public static let undefinedAudio = ObjectFormat(rawValue: 0xB900)
  public static let wma = ObjectFormat(rawValue: 0xB901)
  public static let ogg = ObjectFormat(rawValue: 0xB902)
  public static let aac = ObjectFormat(rawValue: 0xB903)
  public static let audible = ObjectFormat(rawValue: 0xB904)
  public static let flac = ObjectFormat(rawValue: 0xB906)
  public static let undefinedVideo = ObjectFormat(rawValue: 0xB980)
  public static let wmv = ObjectFormat(rawValue: 0xB981)
  public static let mp4Container = ObjectFormat(rawValue: 0xB982)
  public static let mp2 = ObjectFormat(rawValue: 0xB983)
  public static let threeGPContainer = ObjectFormat(rawValue: 0xB984)
  public static let undefinedCollection = ObjectFormat(rawValue: 0xBA00)
  public static let abstractMultimediaAlbum = ObjectFormat(rawValue: 0xBA01)
  public static let abstractImageAlbum = ObjectFormat(rawValue: 0xBA02)
  public static let abstractAudioAlbum = ObjectFormat(rawValue: 0xBA03)
  public static let abstractVideoAlbum = ObjectFormat(rawValue: 0xBA04)
  public static let abstractAudioVideoPlaylist = ObjectFormat(rawValue: 0xBA05)
  public static let abstractContactGroup = ObjectFormat(rawValue: 0xBA06)
  public static let abstractMessageFolder = ObjectFormat(rawValue: 0xBA07)
  public static let abstractChapteredProduction = ObjectFormat(rawValue: 0xBA08)
  public static let abstractAudioPlaylist = ObjectFormat(rawValue: 0xBA09)
  public static let abstractVideoPlaylist = ObjectFormat(rawValue: 0xBA0A)
  public static let abstractMediacast = ObjectFormat(rawValue: 0xBA0B)
  public static let wplPlaylist = ObjectFormat(rawValue: 0xBA10)
  public static let m3uPlaylist = ObjectFormat(rawValue: 0xBA11)
  public static let mplPlaylist = ObjectFormat(rawValue: 0xBA12)
  public static let asxPlaylist = ObjectFormat(rawValue: 0xBA13)
  public static let plsPlaylist = ObjectFormat(rawValue: 0xBA14)
  public static let undefinedDocument = ObjectFormat(rawValue: 0xBA80)
  public static let abstractDocument = ObjectFormat(rawValue: 0xBA81)
  public static let xmlDocument = ObjectFormat(rawValue: 0xBA82)
  public static let msWordDocument = ObjectFormat(rawValue: 0xBA83)
  public static let mhtCompiledHTMLDocument = ObjectFormat(rawValue: 0xBA84)
  public static let msExcelSpreadsheet = ObjectFormat(rawValue: 0xBA85)
  public static let msPowerPointPresentation = ObjectFormat(rawValue: 0xBA86)
  public static let undefinedMessage = ObjectFormat(rawValue: 0xBB00)
  public static let abstractMessage = ObjectFormat(rawValue: 0xBB01)
  public static let undefinedContact = ObjectFormat(rawValue: 0xBB80)
  public static let abstractContact = ObjectFormat(rawValue: 0xBB81)
  public static let vCard2 = ObjectFormat(rawValue: 0xBB82)

  public static let names: [UInt16: String] = [
    0x3000: "Undefined",
    0x3001: "Association",
    0x3002: "Script",
    0x3003: "Executable",
    0x3004: "Text",
    0x3005: "HTML",
    0x3006: "DPOF",
    0x3007: "AIFF",
    0x3008: "WAV",
    0x3009: "MP3",
    0x300A: "AVI",
    0x300B: "MPEG",
    0x300C: "ASF",
    0x3800: "UndefinedImage",
    0x3801: "EXIFJPEG",
    0x3802: "TIFFEP",
    0x3803: "FlashPix",
    0x3804: "BMP",
    0x3805: "CIFF",
    0x3807: "GIF",
    0x3808: "JFIF",
    0x3809: "PhotoCD",
    0x380A: "PICT",
    0x380B: "PNG",
    0x380D: "TIFF",
    0x380E: "TIFFIT",
    0x380F: "JP2",
    0x3810: "JPX",
    0x3811: "DNG",
    0x3812: "HEIF",
    0xB802: "UndefinedFirmware",
    0xB881: "WindowsImageFormat",
    0xB900: "UndefinedAudio",
    0xB901: "WMA",
    0xB902: "OGG",
    0xB903: "AAC",
    0xB904: "Audible",
    0xB906: "FLAC",
    0xB980: "UndefinedVideo",
    0xB981: "WMV",
    0xB982: "MP4Container",
    0xB983: "MP2",
    0xB984: "3GPContainer",
    0xBA00: "UndefinedCollection",
    0xBA01: "AbstractMultimediaAlbum",
    0xBA02: "AbstractImageAlbum",
    0xBA03: "AbstractAudioAlbum",
    0xBA04: "AbstractVideoAlbum",
    0xBA05: "AbstractAudioVideoPlaylist",
    0xBA06: "AbstractContactGroup",
    0xBA07: "AbstractMessageFolder",
    0xBA08: "AbstractChapteredProduction",
    0xBA09: "AbstractAudioPlaylist",
    0xBA0A: "AbstractVideoPlaylist",
    0xBA0B: "AbstractMediacast",
    0xBA10: "WPLPlaylist",
    0xBA11: "M3UPlaylist",
    0xBA12: "MPLPlaylist",
    0xBA13: "ASXPlaylist",
    0xBA14: "PLSPlaylist",
    0xBA80: "UndefinedDocument",
    0xBA81: "AbstractDocument",
    0xBA82: "XMLDocument",
    0xBA83: "MSWordDocument",
    0xBA84: "MHTCompiledHTMLDocument",
    0xBA85: "MSExcelSpreadsheet",
    0xBA86: "MSPowerPointPresentation",
    0xBB00: "UndefinedMessage",
    0xBB01: "AbstractMessage",
    0xBB80: "UndefinedContact",
    0xBB81: "AbstractContact",
    0xBB82: "VCard2",
  ]
}
