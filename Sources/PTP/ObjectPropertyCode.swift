/// A property of an object.
public struct ObjectPropertyCode: Code {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  // MTP 1.1 appendix B

  public static let storageID = ObjectPropertyCode(rawValue: 0xDC01)
  public static let objectFormat = ObjectPropertyCode(rawValue: 0xDC02)
  public static let protectionStatus = ObjectPropertyCode(rawValue: 0xDC03)
  public static let objectSize = ObjectPropertyCode(rawValue: 0xDC04)
  public static let associationType = ObjectPropertyCode(rawValue: 0xDC05)
  public static let associationDesc = ObjectPropertyCode(rawValue: 0xDC06)
  public static let objectFileName = ObjectPropertyCode(rawValue: 0xDC07)
  public static let dateCreated = ObjectPropertyCode(rawValue: 0xDC08)
  public static let dateModified = ObjectPropertyCode(rawValue: 0xDC09)
  public static let keywords = ObjectPropertyCode(rawValue: 0xDC0A)
  public static let parentObject = ObjectPropertyCode(rawValue: 0xDC0B)
  public static let allowedFolderContents = ObjectPropertyCode(rawValue: 0xDC0C)
  public static let hidden = ObjectPropertyCode(rawValue: 0xDC0D)
  public static let systemObject = ObjectPropertyCode(rawValue: 0xDC0E)
  public static let persistentUniqueObjectIdentifier = ObjectPropertyCode(rawValue: 0xDC41)
  public static let syncID = ObjectPropertyCode(rawValue: 0xDC42)
  public static let propertyBag = ObjectPropertyCode(rawValue: 0xDC43)
  public static let name = ObjectPropertyCode(rawValue: 0xDC44)
  public static let createdBy = ObjectPropertyCode(rawValue: 0xDC45)
  public static let artist = ObjectPropertyCode(rawValue: 0xDC46)
  public static let dateAuthored = ObjectPropertyCode(rawValue: 0xDC47)
  public static let description = ObjectPropertyCode(rawValue: 0xDC48)
  public static let urlReference = ObjectPropertyCode(rawValue: 0xDC49)
  public static let languageLocale = ObjectPropertyCode(rawValue: 0xDC4A)
  public static let copyrightInformation = ObjectPropertyCode(rawValue: 0xDC4B)
  public static let source = ObjectPropertyCode(rawValue: 0xDC4C)
  public static let originLocation = ObjectPropertyCode(rawValue: 0xDC4D)
  public static let dateAdded = ObjectPropertyCode(rawValue: 0xDC4E)
  public static let nonConsumable = ObjectPropertyCode(rawValue: 0xDC4F)
  public static let corruptUnplayable = ObjectPropertyCode(rawValue: 0xDC50)
  public static let producerSerialNumber = ObjectPropertyCode(rawValue: 0xDC51)
  public static let representativeSampleFormat = ObjectPropertyCode(rawValue: 0xDC81)
  public static let representativeSampleSize = ObjectPropertyCode(rawValue: 0xDC82)
  public static let representativeSampleHeight = ObjectPropertyCode(rawValue: 0xDC83)
  public static let representativeSampleWidth = ObjectPropertyCode(rawValue: 0xDC84)
  public static let representativeSampleDuration = ObjectPropertyCode(rawValue: 0xDC85)
  public static let representativeSampleData = ObjectPropertyCode(rawValue: 0xDC86)
  public static let width = ObjectPropertyCode(rawValue: 0xDC87)
  public static let height = ObjectPropertyCode(rawValue: 0xDC88)
  public static let duration = ObjectPropertyCode(rawValue: 0xDC89)
  public static let rating = ObjectPropertyCode(rawValue: 0xDC8A)
  public static let track = ObjectPropertyCode(rawValue: 0xDC8B)
  public static let genre = ObjectPropertyCode(rawValue: 0xDC8C)
  public static let credits = ObjectPropertyCode(rawValue: 0xDC8D)
  public static let lyrics = ObjectPropertyCode(rawValue: 0xDC8E)
  public static let subscriptionContentID = ObjectPropertyCode(rawValue: 0xDC8F)
  public static let producedBy = ObjectPropertyCode(rawValue: 0xDC90)
  public static let useCount = ObjectPropertyCode(rawValue: 0xDC91)
  public static let skipCount = ObjectPropertyCode(rawValue: 0xDC92)
  public static let lastAccessed = ObjectPropertyCode(rawValue: 0xDC93)
  public static let parentalRating = ObjectPropertyCode(rawValue: 0xDC94)
  public static let metaGenre = ObjectPropertyCode(rawValue: 0xDC95)
  public static let composer = ObjectPropertyCode(rawValue: 0xDC96)
  public static let effectiveRating = ObjectPropertyCode(rawValue: 0xDC97)
  public static let subtitle = ObjectPropertyCode(rawValue: 0xDC98)
  public static let originalReleaseDate = ObjectPropertyCode(rawValue: 0xDC99)
  public static let albumName = ObjectPropertyCode(rawValue: 0xDC9A)
  public static let albumArtist = ObjectPropertyCode(rawValue: 0xDC9B)
  public static let mood = ObjectPropertyCode(rawValue: 0xDC9C)
  public static let drmStatus = ObjectPropertyCode(rawValue: 0xDC9D)
  public static let subDescription = ObjectPropertyCode(rawValue: 0xDC9E)
  public static let isCropped = ObjectPropertyCode(rawValue: 0xDCD1)
  public static let isColourCorrected = ObjectPropertyCode(rawValue: 0xDCD2)
  public static let imageBitDepth = ObjectPropertyCode(rawValue: 0xDCD3)
  public static let fNumber = ObjectPropertyCode(rawValue: 0xDCD4)
  public static let exposureTime = ObjectPropertyCode(rawValue: 0xDCD5)
  public static let exposureIndex = ObjectPropertyCode(rawValue: 0xDCD6)
  public static let displayName = ObjectPropertyCode(rawValue: 0xDCE0)
  public static let bodyText = ObjectPropertyCode(rawValue: 0xDCE1)
  public static let subject = ObjectPropertyCode(rawValue: 0xDCE2)
  public static let priority = ObjectPropertyCode(rawValue: 0xDCE3)
  public static let givenName = ObjectPropertyCode(rawValue: 0xDD00)
  public static let middleNames = ObjectPropertyCode(rawValue: 0xDD01)
  public static let familyName = ObjectPropertyCode(rawValue: 0xDD02)
  public static let prefix = ObjectPropertyCode(rawValue: 0xDD03)
  public static let suffix = ObjectPropertyCode(rawValue: 0xDD04)
  public static let phoneticGivenName = ObjectPropertyCode(rawValue: 0xDD05)
  public static let phoneticFamilyName = ObjectPropertyCode(rawValue: 0xDD06)
  public static let emailPrimary = ObjectPropertyCode(rawValue: 0xDD07)
  public static let emailPersonal1 = ObjectPropertyCode(rawValue: 0xDD08)
  public static let emailPersonal2 = ObjectPropertyCode(rawValue: 0xDD09)
  public static let emailBusiness1 = ObjectPropertyCode(rawValue: 0xDD0A)
  public static let emailBusiness2 = ObjectPropertyCode(rawValue: 0xDD0B)
  public static let emailOthers = ObjectPropertyCode(rawValue: 0xDD0C)
  public static let phoneNumberPrimary = ObjectPropertyCode(rawValue: 0xDD0D)
  public static let phoneNumberPersonal = ObjectPropertyCode(rawValue: 0xDD0E)
  public static let phoneNumberPersonal2 = ObjectPropertyCode(rawValue: 0xDD0F)
  public static let phoneNumberBusiness = ObjectPropertyCode(rawValue: 0xDD10)
  public static let phoneNumberBusiness2 = ObjectPropertyCode(rawValue: 0xDD11)
  public static let phoneNumberMobile = ObjectPropertyCode(rawValue: 0xDD12)
  public static let phoneNumberMobile2 = ObjectPropertyCode(rawValue: 0xDD13)
  public static let faxNumberPrimary = ObjectPropertyCode(rawValue: 0xDD14)
  public static let faxNumberPersonal = ObjectPropertyCode(rawValue: 0xDD15)
  public static let faxNumberBusiness = ObjectPropertyCode(rawValue: 0xDD16)
  public static let pagerNumber = ObjectPropertyCode(rawValue: 0xDD17)
  public static let phoneNumberOthers = ObjectPropertyCode(rawValue: 0xDD18)
  public static let primaryWebAddress = ObjectPropertyCode(rawValue: 0xDD19)
  public static let personalWebAddress = ObjectPropertyCode(rawValue: 0xDD1A)
  public static let businessWebAddress = ObjectPropertyCode(rawValue: 0xDD1B)
  public static let instantMessengerAddress = ObjectPropertyCode(rawValue: 0xDD1C)
  public static let instantMessengerAddress2 = ObjectPropertyCode(rawValue: 0xDD1D)
  public static let instantMessengerAddress3 = ObjectPropertyCode(rawValue: 0xDD1E)
  public static let postalAddressPersonalFull = ObjectPropertyCode(rawValue: 0xDD1F)
  public static let postalAddressPersonalLine1 = ObjectPropertyCode(rawValue: 0xDD20)
  public static let postalAddressPersonalLine2 = ObjectPropertyCode(rawValue: 0xDD21)
  public static let postalAddressPersonalCity = ObjectPropertyCode(rawValue: 0xDD22)
  public static let postalAddressPersonalRegion = ObjectPropertyCode(rawValue: 0xDD23)
  public static let postalAddressPersonalPostalCode = ObjectPropertyCode(rawValue: 0xDD24)
  public static let postalAddressPersonalCountry = ObjectPropertyCode(rawValue: 0xDD25)
  public static let postalAddressBusinessFull = ObjectPropertyCode(rawValue: 0xDD26)
  public static let postalAddressBusinessLine1 = ObjectPropertyCode(rawValue: 0xDD27)
  public static let postalAddressBusinessLine2 = ObjectPropertyCode(rawValue: 0xDD28)
  public static let postalAddressBusinessCity = ObjectPropertyCode(rawValue: 0xDD29)
  public static let postalAddressBusinessRegion = ObjectPropertyCode(rawValue: 0xDD2A)
  public static let postalAddressBusinessPostalCode = ObjectPropertyCode(rawValue: 0xDD2B)
  public static let postalAddressBusinessCountry = ObjectPropertyCode(rawValue: 0xDD2C)
  public static let postalAddressOtherFull = ObjectPropertyCode(rawValue: 0xDD2D)
  public static let postalAddressOtherLine1 = ObjectPropertyCode(rawValue: 0xDD2E)
  public static let postalAddressOtherLine2 = ObjectPropertyCode(rawValue: 0xDD2F)
  public static let postalAddressOtherCity = ObjectPropertyCode(rawValue: 0xDD30)
  public static let postalAddressOtherRegion = ObjectPropertyCode(rawValue: 0xDD31)
  public static let postalAddressOtherPostalCode = ObjectPropertyCode(rawValue: 0xDD32)
  public static let postalAddressOtherCountry = ObjectPropertyCode(rawValue: 0xDD33)
  public static let organizationName = ObjectPropertyCode(rawValue: 0xDD34)
  public static let phoneticOrganizationName = ObjectPropertyCode(rawValue: 0xDD35)
  public static let role = ObjectPropertyCode(rawValue: 0xDD36)
  public static let birthdate = ObjectPropertyCode(rawValue: 0xDD37)
  public static let messageTo = ObjectPropertyCode(rawValue: 0xDD40)
  public static let messageCC = ObjectPropertyCode(rawValue: 0xDD41)
  public static let messageBCC = ObjectPropertyCode(rawValue: 0xDD42)
  public static let messageRead = ObjectPropertyCode(rawValue: 0xDD43)
  public static let messageReceivedTime = ObjectPropertyCode(rawValue: 0xDD44)
  public static let messageSender = ObjectPropertyCode(rawValue: 0xDD45)
  public static let activityBeginTime = ObjectPropertyCode(rawValue: 0xDD50)
  public static let activityEndTime = ObjectPropertyCode(rawValue: 0xDD51)
  public static let activityLocation = ObjectPropertyCode(rawValue: 0xDD52)
  public static let activityRequiredAttendees = ObjectPropertyCode(rawValue: 0xDD54)
  public static let activityOptionalAttendees = ObjectPropertyCode(rawValue: 0xDD55)
  public static let activityResources = ObjectPropertyCode(rawValue: 0xDD56)
  public static let activityAccepted = ObjectPropertyCode(rawValue: 0xDD57)
  public static let activityTentative = ObjectPropertyCode(rawValue: 0xDD58)
  public static let activityDeclined = ObjectPropertyCode(rawValue: 0xDD59)
  public static let activityReminderTime = ObjectPropertyCode(rawValue: 0xDD5A)
  public static let activityOwner = ObjectPropertyCode(rawValue: 0xDD5B)
  public static let activityStatus = ObjectPropertyCode(rawValue: 0xDD5C)
  public static let owner = ObjectPropertyCode(rawValue: 0xDD5D)
  public static let editor = ObjectPropertyCode(rawValue: 0xDD5E)
  public static let webmaster = ObjectPropertyCode(rawValue: 0xDD5F)
  public static let urlSource = ObjectPropertyCode(rawValue: 0xDD60)
  public static let urlDestination = ObjectPropertyCode(rawValue: 0xDD61)
  public static let timeBookmark = ObjectPropertyCode(rawValue: 0xDD62)
  public static let objectBookmark = ObjectPropertyCode(rawValue: 0xDD63)
  public static let byteBookmark = ObjectPropertyCode(rawValue: 0xDD64)
  public static let lastBuildDate = ObjectPropertyCode(rawValue: 0xDD70)
  public static let timeToLive = ObjectPropertyCode(rawValue: 0xDD71)
  public static let mediaGUID = ObjectPropertyCode(rawValue: 0xDD72)
  public static let totalBitRate = ObjectPropertyCode(rawValue: 0xDE91)
  public static let bitRateType = ObjectPropertyCode(rawValue: 0xDE92)
  public static let sampleRate = ObjectPropertyCode(rawValue: 0xDE93)
  public static let numberOfChannels = ObjectPropertyCode(rawValue: 0xDE94)
  public static let audioBitDepth = ObjectPropertyCode(rawValue: 0xDE95)
  public static let scanType = ObjectPropertyCode(rawValue: 0xDE97)
  public static let audioWAVECodec = ObjectPropertyCode(rawValue: 0xDE99)
  public static let audioBitRate = ObjectPropertyCode(rawValue: 0xDE9A)
  public static let videoFourCCCodec = ObjectPropertyCode(rawValue: 0xDE9B)
  public static let videoBitRate = ObjectPropertyCode(rawValue: 0xDE9C)
  public static let framesPerThousandSeconds = ObjectPropertyCode(rawValue: 0xDE9D)
  public static let keyFrameDistance = ObjectPropertyCode(rawValue: 0xDE9E)
  public static let bufferSize = ObjectPropertyCode(rawValue: 0xDE9F)
  public static let encodingQuality = ObjectPropertyCode(rawValue: 0xDEA0)
  public static let encodingProfile = ObjectPropertyCode(rawValue: 0xDEA1)

  public static let names: [UInt16: String] = [
    0xDC01: "StorageID",
    0xDC02: "ObjectFormat",
    0xDC03: "ProtectionStatus",
    0xDC04: "ObjectSize",
    0xDC05: "AssociationType",
    0xDC06: "AssociationDesc",
    0xDC07: "ObjectFileName",
    0xDC08: "DateCreated",
    0xDC09: "DateModified",
    0xDC0A: "Keywords",
    0xDC0B: "ParentObject",
    0xDC0C: "AllowedFolderContents",
    0xDC0D: "Hidden",
    0xDC0E: "SystemObject",
    0xDC41: "PersistentUniqueObjectIdentifier",
    0xDC42: "SyncID",
    0xDC43: "PropertyBag",
    0xDC44: "Name",
    0xDC45: "CreatedBy",
    0xDC46: "Artist",
    0xDC47: "DateAuthored",
    0xDC48: "Description",
    0xDC49: "URLReference",
    0xDC4A: "LanguageLocale",
    0xDC4B: "CopyrightInformation",
    0xDC4C: "Source",
    0xDC4D: "OriginLocation",
    0xDC4E: "DateAdded",
    0xDC4F: "NonConsumable",
    0xDC50: "CorruptUnplayable",
    0xDC51: "ProducerSerialNumber",
    0xDC81: "RepresentativeSampleFormat",
    0xDC82: "RepresentativeSampleSize",
    0xDC83: "RepresentativeSampleHeight",
    0xDC84: "RepresentativeSampleWidth",
    0xDC85: "RepresentativeSampleDuration",
    0xDC86: "RepresentativeSampleData",
    0xDC87: "Width",
    0xDC88: "Height",
    0xDC89: "Duration",
    0xDC8A: "Rating",
    0xDC8B: "Track",
    0xDC8C: "Genre",
    0xDC8D: "Credits",
    0xDC8E: "Lyrics",
    0xDC8F: "SubscriptionContentID",
    0xDC90: "ProducedBy",
    0xDC91: "UseCount",
    0xDC92: "SkipCount",
    0xDC93: "LastAccessed",
    0xDC94: "ParentalRating",
    0xDC95: "MetaGenre",
    0xDC96: "Composer",
    0xDC97: "EffectiveRating",
    0xDC98: "Subtitle",
    0xDC99: "OriginalReleaseDate",
    0xDC9A: "AlbumName",
    0xDC9B: "AlbumArtist",
    0xDC9C: "Mood",
    0xDC9D: "DRMStatus",
    0xDC9E: "SubDescription",
    0xDCD1: "IsCropped",
    0xDCD2: "IsColourCorrected",
    0xDCD3: "ImageBitDepth",
    0xDCD4: "FNumber",
    0xDCD5: "ExposureTime",
    0xDCD6: "ExposureIndex",
    0xDCE0: "DisplayName",
    0xDCE1: "BodyText",
    0xDCE2: "Subject",
    0xDCE3: "Priority",
    0xDD00: "GivenName",
    0xDD01: "MiddleNames",
    0xDD02: "FamilyName",
    0xDD03: "Prefix",
    0xDD04: "Suffix",
    0xDD05: "PhoneticGivenName",
    0xDD06: "PhoneticFamilyName",
    0xDD07: "EmailPrimary",
    0xDD08: "EmailPersonal1",
    0xDD09: "EmailPersonal2",
    0xDD0A: "EmailBusiness1",
    0xDD0B: "EmailBusiness2",
    0xDD0C: "EmailOthers",
    0xDD0D: "PhoneNumberPrimary",
    0xDD0E: "PhoneNumberPersonal",
    0xDD0F: "PhoneNumberPersonal2",
    0xDD10: "PhoneNumberBusiness",
    0xDD11: "PhoneNumberBusiness2",
    0xDD12: "PhoneNumberMobile",
    0xDD13: "PhoneNumberMobile2",
    0xDD14: "FaxNumberPrimary",
    0xDD15: "FaxNumberPersonal",
    0xDD16: "FaxNumberBusiness",
    0xDD17: "PagerNumber",
    0xDD18: "PhoneNumberOthers",
    0xDD19: "PrimaryWebAddress",
    0xDD1A: "PersonalWebAddress",
    0xDD1B: "BusinessWebAddress",
    0xDD1C: "InstantMessengerAddress",
    0xDD1D: "InstantMessengerAddress2",
    0xDD1E: "InstantMessengerAddress3",
    0xDD1F: "PostalAddressPersonalFull",
    0xDD20: "PostalAddressPersonalLine1",
    0xDD21: "PostalAddressPersonalLine2",
    0xDD22: "PostalAddressPersonalCity",
    0xDD23: "PostalAddressPersonalRegion",
    0xDD24: "PostalAddressPersonalPostalCode",
    0xDD25: "PostalAddressPersonalCountry",
    0xDD26: "PostalAddressBusinessFull",
    0xDD27: "PostalAddressBusinessLine1",
    0xDD28: "PostalAddressBusinessLine2",
    0xDD29: "PostalAddressBusinessCity",
    0xDD2A: "PostalAddressBusinessRegion",
    0xDD2B: "PostalAddressBusinessPostalCode",
    0xDD2C: "PostalAddressBusinessCountry",
    0xDD2D: "PostalAddressOtherFull",
    0xDD2E: "PostalAddressOtherLine1",
    0xDD2F: "PostalAddressOtherLine2",
    0xDD30: "PostalAddressOtherCity",
    0xDD31: "PostalAddressOtherRegion",
    0xDD32: "PostalAddressOtherPostalCode",
    0xDD33: "PostalAddressOtherCountry",
    0xDD34: "OrganizationName",
    0xDD35: "PhoneticOrganizationName",
    0xDD36: "Role",
    0xDD37: "Birthdate",
    0xDD40: "MessageTo",
    0xDD41: "MessageCC",
    0xDD42: "MessageBCC",
    0xDD43: "MessageRead",
    0xDD44: "MessageReceivedTime",
    0xDD45: "MessageSender",
    0xDD50: "ActivityBeginTime",
    0xDD51: "ActivityEndTime",
    0xDD52: "ActivityLocation",
    0xDD54: "ActivityRequiredAttendees",
    0xDD55: "ActivityOptionalAttendees",
    0xDD56: "ActivityResources",
    0xDD57: "ActivityAccepted",
    0xDD58: "ActivityTentative",
    0xDD59: "ActivityDeclined",
    0xDD5A: "ActivityReminderTime",
    0xDD5B: "ActivityOwner",
    0xDD5C: "ActivityStatus",
    0xDD5D: "Owner",
    0xDD5E: "Editor",
    0xDD5F: "Webmaster",
    0xDD60: "URLSource",
    0xDD61: "URLDestination",
    0xDD62: "TimeBookmark",
    0xDD63: "ObjectBookmark",
    0xDD64: "ByteBookmark",
    0xDD70: "LastBuildDate",
    0xDD71: "TimeToLive",
    0xDD72: "MediaGUID",
    0xDE91: "TotalBitRate",
    0xDE92: "BitRateType",
    0xDE93: "SampleRate",
    0xDE94: "NumberOfChannels",
    0xDE95: "AudioBitDepth",
    0xDE97: "ScanType",
    0xDE99: "AudioWAVECodec",
    0xDE9A: "AudioBitRate",
    0xDE9B: "VideoFourCCCodec",
    0xDE9C: "VideoBitRate",
    0xDE9D: "FramesPerThousandSeconds",
    0xDE9E: "KeyFrameDistance",
    0xDE9F: "BufferSize",
    0xDEA0: "EncodingQuality",
    0xDEA1: "EncodingProfile",
  ]
}
