import Testing

@testable import FileSyncCommands
@testable import MTPStorage

@Suite(.fewAtOnce) struct DeviceChoiceTests {
  private let pixel = USBDevice.fake("Pixel 7", serial: "2B1111", address: 5)
  private let other = USBDevice.fake("Galaxy", serial: "RZ8", address: 6)

  @Test(arguments: [
    DeviceSelector.named("2b1111"), .named("PIXEL 7"), .named("google pixel 7"), .address(bus: 1, address: 5),
    .gvfsHost("Google_Pixel_7_2B1111"), .gvfsHost("2B1111"),
  ])
  func findsTheDevice(selector: DeviceSelector) throws {
    #expect(try selector.choose(from: [other, pixel]) == pixel)
  }

  @Test func theOnlyOneNeedsNoName() throws {
    #expect(try DeviceSelector.only.choose(from: [pixel]) == pixel)
    let charging = USBDevice.fake("Old", serial: "1", address: 9, state: .chargingOnly)
    #expect(try DeviceSelector.only.choose(from: [charging, pixel]) == pixel)
    #expect(try DeviceSelector.only.choose(from: [charging]) == charging)
  }

  @Test func noneIsNotReady() {
    let failure = #expect(throws: Failure.self) { try DeviceSelector.only.choose(from: []) }
    #expect(failure?.status == .notReady)
    #expect(failure?.cure?.contains("Plug it in") == true)
  }

  @Test func severalAreAQuestionOfUsage() {
    let failure = #expect(throws: Failure.self) { try DeviceSelector.only.choose(from: [pixel, other]) }
    #expect(failure?.status == .usage)
    #expect(failure?.text.contains("mtp:2B1111") == true && failure?.text.contains("mtp:RZ8") == true)
  }

  @Test func twinsAreToldApartByAddress() {
    let twin = USBDevice.fake("Pixel 7", serial: "2B1111", address: 7)
    let failure = #expect(throws: Failure.self) { try DeviceSelector.named("Pixel 7").choose(from: [pixel, twin]) }
    #expect(failure?.status == .usage)
    #expect(failure?.text.contains("mtp:001:005") == true && failure?.text.contains("mtp:001:007") == true)
  }

  @Test func aNameThatFitsNoneListsWhatIsThere() {
    let failure = #expect(throws: Failure.self) { try DeviceSelector.named("Nokia").choose(from: [pixel, other]) }
    #expect(failure?.status == .notReady)
    #expect(failure?.text.contains("Nokia") == true)
    #expect(failure?.text.contains("mtp:2B1111  Google Pixel 7") == true)
  }

  @Test func withoutASerialNumberTheNameMakesGvfsHost() {
    let camera = USBDevice.fake("EOS 5D", serial: "", address: 2)
    #expect(DeviceSelector.gvfsHost("Google_EOS_5D").fits(camera))
    #expect(!DeviceSelector.gvfsHost("Google_EOS_6D").fits(camera))
    #expect(!DeviceSelector.named("").fits(camera))
  }

  // MARK: Patterns

  @Test(arguments: [
    "Pixel*", "PIX?L 7", "google p*", "2b*", "[m-q]ixel*", "p*[!8]", "%50ixel*", "*xel*",
  ])
  func aPatternFindsTheDevice(typed: String) throws {
    #expect(try DeviceSelector(typed: typed[...]).choose(from: [other, pixel]) == pixel)
    guard case .device(let location, _) = try Location("mtp:\(typed)/internal/DCIM") else { throw CancellationError() }
    #expect(try location.device.choose(from: [other, pixel]) == pixel)
  }

  /// What is written as a byte is no pattern, nor is what cannot be one.
  @Test(arguments: ["Pixel%2a", "Pixel?%2A", "Pixel%5B*", "Pix", "Pixel[", "Pixel ?*7"])
  func aPatternThatFitsNoneListsWhatIsThere(typed: String) {
    let failure = #expect(throws: Failure.self) { try DeviceSelector(typed: typed[...]).choose(from: [pixel]) }
    #expect(failure?.status == .notReady)
    let isPattern = typed != "Pixel%2a" && typed != "Pix" && typed != "Pixel["
    let cause = "No connected device \(isPattern ? "fits" : "is") \u{201C}\(unescaped(typed))\u{201D}"
    #expect(failure?.text.hasPrefix(cause) == true, "\(failure?.text ?? "")")
    #expect(failure?.text.contains("mtp:2B1111  Google Pixel 7") == true)
  }

  @Test func aPatternMeansOneDevice() throws {
    let older = USBDevice.fake("Pixel 6", serial: "1A", address: 7)
    let selector = DeviceSelector(typed: "pixel*")
    let failure = #expect(throws: Failure.self) { try selector.choose(from: [pixel, other, older]) }
    #expect(failure?.status == .usage && failure?.cause == "Several devices fit \u{201C}pixel*\u{201D}")
    #expect(failure?.cure?.contains("mtp:2B1111  Google Pixel 7\n  mtp:1A  Google Pixel 6") == true)
    #expect(failure?.text.contains("Galaxy") == false)
    // What is really called so is meant.
    let literal = USBDevice.fake("Pixel*", serial: "*/[", address: 8)
    #expect(try selector.choose(from: [pixel, literal, older]) == literal)
    #expect(try DeviceSelector(typed: "*%2F[[]").choose(from: [pixel, literal]) == literal)
  }

  // MARK: Storages

  private let stores = [
    Store.fake(0x10001, .internal, "Interner gemeinsamer Speicher"), Store.fake(0x20001, .card, "SD/Karte"),
  ]

  @Test(arguments: [
    "internal", "INTERNAL", "1", "00010001", "0x00010001", "store_00010001", "interner gemeinsamer speicher",
  ])
  func findsTheStorage(name: String) throws {
    #expect(try StoreSelector.named(name).choose(from: stores, on: "mtp:x") == stores[0])
  }

  @Test func severalStoragesAreListed() {
    let failure = #expect(throws: Failure.self) { try StoreSelector.only.choose(from: stores, on: "mtp:x") }
    #expect(failure?.status == .usage)
    #expect(failure?.text.contains("mtp:x/internal") == true && failure?.text.contains("mtp:x/card") == true)
  }

  @Test func anUnknownStorageIsNotPossible() {
    let failure = #expect(throws: Failure.self) { try StoreSelector.named("3").choose(from: stores, on: "mtp:x") }
    #expect(failure?.status == .notPossible)
  }

  @Test func twoCardsAreNumbered() {
    let cards = [Store.fake(1, .card, "A"), Store.fake(2, .card, "B")]
    #expect(cards.map { $0.place(among: cards) } == ["1", "2"])
    #expect(throws: Failure.self) { try StoreSelector.named("card").choose(from: cards, on: "mtp:x") }
  }
}
