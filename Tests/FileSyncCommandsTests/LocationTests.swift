import Storage
import Testing

@testable import FileSyncCommands

@Suite(.fewAtOnce) struct LocationTests {
  private func device(
    _ device: DeviceSelector,
    _ store: StoreSelector = .only,
    _ path: String = ""
  ) throws -> DeviceLocation {
    DeviceLocation(device: device, store: store, path: try #require(RelativePath(path)))
  }

  @Test(arguments: [
    "/home/me", "photos", "./mtp:x", "../mtp:x", "/run/user/1000/gvfs", "a:b", "/run/user/x/gvfs/mtp:host=y",
  ])
  func paths(text: String) throws { #expect(try Location(text) == .local(text)) }

  @Test(arguments: [
    ("mtp:", DeviceSelector.only, StoreSelector.only, ""),
    ("mtp:*/*/DCIM", .only, .only, "DCIM"),
    ("mtp:Pixel 7", .named("Pixel 7"), .only, ""),
    ("mtp:Pixel 7/", .named("Pixel 7"), .only, ""),
    ("mtp:Pixel 7//DCIM/Camera/", .named("Pixel 7"), .only, "DCIM/Camera"),
    ("mtp:2B1111/internal/DCIM", .named("2B1111"), .named("internal"), "DCIM"),
    ("mtp:001:005/card", .address(bus: 1, address: 5), .named("card"), ""),
    ("mtp:1:5", .address(bus: 1, address: 5), .only, ""),
    ("mtp:A%2FB/Card%2f1/x%2Fy", .named("A/B"), .named("Card/1"), "x%2Fy"),
    ("mtp:100%/50%zz", .named("100%"), .named("50%zz"), ""),
    ("mtp:a:b", .named("a:b"), .only, ""),
  ])
  func ownForm(text: String, selector: DeviceSelector, store: StoreSelector, path: String) throws {
    #expect(try Location(text) == .device(try device(selector, store, path)))
  }

  @Test func aMissingDeviceMayBeKDEsForm() throws {
    let expected = Location.device(
      try device(.only, .named("Pixel 7"), "Internal%20storage/DCIM"),
      kio: try device(.named("Pixel 7"), .named("Internal storage"), "DCIM")
    )
    #expect(try Location("mtp:/Pixel%207/Internal%20storage/DCIM") == expected)
  }

  @Test(arguments: [
    ("mtp:///Pixel%207/Internal%20storage/a%20b", DeviceSelector.named("Pixel 7"), "Internal storage", "a b"),
    (
      "mtp://Google_Pixel_7_2B1111/Internal%20shared%20storage/DCIM", .gvfsHost("Google_Pixel_7_2B1111"),
      "Internal shared storage", "DCIM"
    ),
    ("mtp://[usb:001,005]/Card/", .address(bus: 1, address: 5), "Card", ""),
    ("mtp://%5Busb%3A001%2C005%5D/Card", .address(bus: 1, address: 5), "Card", ""),
    ("gphoto2://Canon_1/store_00010001/DCIM", .gvfsHost("Canon_1"), "store_00010001", "DCIM"),
    (
      "/run/user/1000/gvfs/mtp:host=Google_Pixel_7_2B1111/Internal shared storage/100%25",
      .gvfsHost("Google_Pixel_7_2B1111"), "Internal shared storage", "100%25"
    ),
    (
      "/run/user/0/gvfs/gphoto2:host=%5Busb%3A001%2C005%5D/store_00010001", .address(bus: 1, address: 5),
      "store_00010001", ""
    ),
  ])
  func pastedForms(text: String, selector: DeviceSelector, store: String, path: String) throws {
    #expect(try Location(text) == .device(try device(selector, .named(store), path)))
  }

  @Test(arguments: ["", "mtp:x/y/../z", "mtp:x/y/.", "mtp://h/s/%2E%2E", "mtp:x/y/\0"])
  func badOnesAreUsageErrors(text: String) {
    let failure = #expect(throws: Failure.self) { try Location(text) }
    #expect(failure?.status == .usage)
  }

  @Test(arguments: ["Pixel 7", "A/B", "50%", "tab\there", "%2F", "Ü"])
  func escapedNamesComeBack(name: String) throws {
    let text = "mtp:" + escapedForLocation(name)
    #expect(try Location(text) == .device(try device(.named(name))))
    #expect(!text.unicodeScalars.contains(where: isHazardous))
  }
}
