import Foundation
import Subprocess
import Testing

/// What runs tell of the time zone of a phone, and what becomes of dates when it travels.
@Suite(.fewAtOnce) struct DeviceZoneTests {
  private let world: DeviceWorld
  /// 2025-07-15T12:00:00Z.
  private let date = Date(timeIntervalSince1970: 1_752_580_800)

  init() throws {
    world = try DeviceWorld()
    try world.world.makeFolder("phone/DCIM")
  }

  private func phone(in zone: String, _ profile: String = "android") -> DeviceWorld.Device {
    DeviceWorld.Device(profile: profile, options: ["--zone", zone])
  }

  private func sides(_ run: DeviceWorld.Ending) -> [String]? {
    (run.lines("plan").last?["assumedZones"] as? [[String: Any]])?.compactMap { $0["side"] as? String }
  }

  /// Of a phone that keeps dates, and of a board that dates what it receives: that shows the season only.
  @Test(
    arguments: [
      ("android", "America/New_York", -4 * 3600, "Asia/Tokyo"), ("umtp", "Asia/Kolkata", 19_800, "Asia/Kathmandu"),
    ]
  )
  func anAssumedZoneIsSaidAndMended(profile: String, zone: String, ahead: Int, next: String) async throws {
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    let phone = phone(in: zone, profile)
    let first = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone)
    #expect(first.status == .exited(0), "\(first.errors)")
    let cure = "`filesync doctor mtp:PHONE`"
    for words in ["may be hours off. \(cure) finds it out.\n", "another (\(cure)), the next sync mends"] {
      #expect(first.output.contains(words), "\(first.output)")
    }
    #expect(try world.files("copy")["one.jpg"]?.modified == Int(date.timeIntervalSince1970) + ahead)
    try world.world.write("elsewhere/one.jpg", "first picture", modified: date)
    let idle = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", "--json", on: phone)
    // What is up to date has such dates all the same.
    #expect(sides(idle) == ["source"] && idle.count("datesInAssumedZone") ?? 0 == 0, "\(idle.output)")
    let check = try await world.filesync("check", "mtp:/DCIM", "elsewhere", on: phone)
    #expect(check.output.contains("(other dates): one.jpg") && check.output.contains("tells no time zone"))
    let turned = try await world.filesync("check", "elsewhere", "mtp:/DCIM", on: phone)
    #expect(turned.output.contains("(other dates): one.jpg"), "\(turned.output)")
    #expect(turned.output.contains("may be hours off. \(cure) finds it out.\n"), "\(turned.output)")
    let asData = try await world.filesync("check", "elsewhere", "mtp:/DCIM", "--json", on: phone)
    #expect(sides(asData) == ["destination"], "\(asData.output)")
    // So does a folder that has its dates from there.
    let copied = try await world.filesync("check", "elsewhere", "copy")
    #expect(copied.output.contains("The dates of 1 file were read from "), "\(copied.output)")
    let json = try await world.filesync("copy", "mtp:/DCIM/one.jpg", "other.jpg", "--yes", "--json", on: phone)
    #expect(sides(json) == ["source"] && json.count("datesInAssumedZone") == 1, "\(json.output)")

    let limit = "2025-07-15T13:00:00Z"
    let near = try await world.filesync("sync", "mtp:/DCIM", "near", "--dry-run", "--newer-than", limit, on: phone)
    #expect(near.output.contains("1 file lies so near the limit"), "\(near.output)")
    #expect(near.output.contains("is not known. \(cure) finds it out.\n"), "\(near.output)")

    let probed = try await world.filesync("doctor", "--yes", "mtp:", on: phone)
    #expect(probed.output.contains("`filesync dates mtp:PHONE/internal/FOLDER COPY` does.\n"), "\(probed.output)")
    #expect(probed.output.contains("as in \(zone)"))
    let mended = try await world.filesync("dates", "mtp:/DCIM", "copy", "--yes", "--json", on: phone)
    #expect(sides(mended) == [] && mended.count("adopted") == 1, "\(mended.output) \(mended.errors)")
    #expect(try world.files("copy")["one.jpg"]?.modified == Int(date.timeIntervalSince1970))
    let again = try await world.filesync("doctor", "--yes", "mtp:", on: phone)
    #expect(!again.output.contains("filesync dates"), "\(again.output)")

    // It travels, and nothing has shown yet where its clock is now: but the files that are known show that it is elsewhere.
    try world.world.write("phone/DCIM/two.jpg", "second picture", modified: date)
    let there = self.phone(in: next, profile)
    let moved = try await world.filesync("sync", "mtp:/DCIM", "copy", "--dry-run", "--json", on: there)
    #expect(sides(moved) == ["source"], "\(moved.output)")
    _ = try await world.filesync("doctor", "--yes", "mtp:", on: there)
    let known = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", "--json", on: there)
    #expect(sides(known) == [] && known.copied == 1, "\(known.output)")
    #expect(try world.files("copy")["two.jpg"]?.modified == Int(date.timeIntervalSince1970))
  }

  /// What is moved away cannot be dated anew later: its zone is found out before, or it stays.
  @Test func theZoneIsFoundOutBeforeFilesAreMovedAway() async throws {
    var world = world
    for name in ["one.jpg", "two.jpg"] { try world.world.write("phone/DCIM/\(name)", name, modified: date) }
    // Without a probe nobody finds it out, and the note makes no promise.
    let unasked = try await world.filesync("mv", "mtp:/DCIM/one.jpg", "one.jpg", "--yes", on: phone(in: "Asia/Tokyo"))
    #expect(unasked.status == .exited(0) && unasked.output.contains("the dates are off by the hours between them.\n"))
    #expect(try world.files("")["one.jpg"]?.modified == Int(date.timeIntervalSince1970) + 9 * 3600)

    world.probes = true
    var full = phone(in: "Asia/Tokyo")
    full.options += ["--space", "1000000"]
    let refused = try await world.filesync("mv", "mtp:/DCIM/two.jpg", "two.jpg", "--yes", on: full)
    #expect(refused.status == .exited(3), "\(refused.output)")
    #expect(refused.errors.contains("finds the zone out; then run the same command again. Nothing was moved."))
    #expect(world.world.read("phone/DCIM/two.jpg") == "two.jpg" && !world.world.names("").contains("two.jpg"))

    let moved = try await world.filesync("mv", "mtp:/DCIM/two.jpg", "two.jpg", "--yes", on: phone(in: "Asia/Tokyo"))
    #expect(moved.status == .exited(0) && !moved.output.contains("was assumed"), "\(moved.output) \(moved.errors)")
    #expect(try world.files("")["two.jpg"]?.modified == Int(date.timeIntervalSince1970))
    #expect(world.world.names("phone/DCIM") == [])
  }

  /// A sync gives what earlier ones misread its right dates once the zone is known, and until then a copy of the copy says
  /// where they are from.
  @Test func aSyncMendsWhatAnAssumedZoneMisdated() async throws {
    let seconds = Int(date.timeIntervalSince1970)
    for name in ["one.jpg", "sub/two.jpg", "touched.jpg"] {
      try world.world.write("phone/DCIM/\(name)", "picture \(name)", modified: date)
    }
    let phone = phone(in: "America/New_York")
    _ = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone)
    #expect(Set(try world.files("copy").values.map(\.modified)) == [seconds - 4 * 3600])
    let restored = try await world.filesync("sync", "copy", "elsewhere", "--yes")
    #expect(restored.output.contains("The dates of 3 files were read from "), "\(restored.output)")
    #expect(restored.output.contains("Sync from it again first"), "\(restored.output)")
    let own = Date(timeIntervalSince1970: 1_500_000_000)
    try world.world.write("copy/touched.jpg", "picture touched.jpg", modified: own)

    let probed = try await world.filesync("doctor", "--yes", "mtp:", on: phone)
    #expect(probed.output.contains("The next sync from it mends them"), "\(probed.output)")
    let dry = try await world.filesync("sync", "mtp:/DCIM", "copy", "--dry-run", on: phone)
    #expect(dry.output.contains("since the device's time zone is known now: 2\n"), "\(dry.output)")
    for mended in [2, 0] {
      let run = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", "--json", on: phone)
      #expect(run.status == .exited(0) && run.copied == 0 && sides(run) == [], "\(run.output) \(run.errors)")
      #expect(run.lines("plan").last?["datesToMend"] as? Int == mended && run.count("datesMended") == mended)
      #expect(run.dates == (mended > 0 ? ["verified": mended] : [:]), "\(run.output)")
      let dates = try world.files("copy").mapValues(\.modified)
      #expect(dates == ["one.jpg": seconds, "sub/two.jpg": seconds, "touched.jpg": 1_500_000_000])
    }
    let known = try await world.filesync("sync", "copy", "afterwards", "--yes", "--json")
    #expect(sides(known) == [] && known.copied == 3, "\(known.output)")
    try world.expectSame("copy", "afterwards")
  }

  /// `dates` mends files in a folder that was renamed there as well, so that nothing is left for the next sync.
  @Test func datesMendsWhatSomebodyHasRenamed() async throws {
    for name in ["one.jpg", "sub/two.jpg"] {
      try world.world.write("phone/DCIM/\(name)", "picture \(name)", modified: date)
    }
    let script = """
      set -e
      "$filesync" sync mtp:/DCIM copy --yes && mv copy/sub copy/trip && "$filesync" sync mtp:/DCIM copy --yes
      "$filesync" doctor --yes mtp: > /dev/null
      "$filesync" dates mtp:/DCIM copy --yes --json && "$filesync" sync mtp:/DCIM copy --yes --json > after
      """
    let run = try await world.bash(script, on: phone(in: "America/New_York"))
    #expect(run.status == .exited(0) && run.count("adopted") == 2, "\(run.output) \(run.errors)")
    #expect(Set(try world.files("copy").values.map(\.modified)) == [Int(date.timeIntervalSince1970)])
    #expect(world.world.read("after")?.contains(#""datesMended":0"#) ?? false)
  }

  /// So does a sync from there on to a copy of the copy, which moves what was changed, and nothing else.
  @Test func theCopyOfACopyIsMendedToo() async throws {
    let seconds = Int(date.timeIntervalSince1970)
    for name in ["one.jpg", "two.jpg"] {
      try world.world.write("phone/DCIM/\(name)", "picture \(name)", modified: date)
    }
    let phone = phone(in: "America/New_York")
    _ = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone)
    _ = try await world.filesync("sync", "copy", "other", "--yes")
    #expect(Set(try world.files("other").values.map(\.modified)) == [seconds - 4 * 3600])
    _ = try await world.filesync("doctor", "--yes", "mtp:", on: phone)
    _ = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone)
    // The same size, and the same distance: only its contents tell.
    try world.world.write("copy/two.jpg", "PICTURE two.jpg", modified: date)
    let dry = try await world.filesync("sync", "copy", "other", "--dry-run", "--json")
    let mended = try await world.filesync("sync", "copy", "other", "--yes", "--json")
    #expect(dry.lines("step").map { $0["reason"] as? String } == ["zoneLearned", "zoneLearned"], "\(dry.output)")
    #expect(mended.copied == 1 && mended.count("datesMended") == 1, "\(mended.output) \(mended.errors)")
    let found = try world.files("other").filter { !$0.key.hasPrefix(".filesync-vault/") }
    #expect(found == (try world.files("copy")))
    let idle = try await world.filesync("sync", "copy", "other", "--yes", "--json")
    #expect(idle.copied == 0 && idle.count("unchanged") == 2, "\(idle.output)")
  }

  /// To a device that keeps no dates: the journal's are mended.
  @Test func betweenDevicesTheJournalsDatesAreMended() async throws {
    let seconds = Int(date.timeIntervalSince1970)
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    try world.world.makeFolder("board/In")
    var board = phone(in: "UTC", "android-legacy")
    board.folder = "board"
    func sync(_ from: String, _ to: String) async throws -> DeviceWorld.Ending {
      let phone = phone(in: "America/New_York")
      let run = try await world.filesync("sync", from, to, "--yes", "--json", on: phone, board)
      #expect(run.status == .exited(0), "\(run.output) \(run.errors)")
      return run
    }
    let first = try await sync("mtp:PHONE/internal/DCIM", "mtp:BOARD/internal/In")
    #expect(first.copied == 1 && first.dates == ["manifest": 1], "\(first.output)")
    let doubtful = try await sync("mtp:BOARD/internal/In", "doubtful")
    let zones = doubtful.lines("plan").last?["assumedZones"] as? [[String: Any]]
    #expect(zones?.map { $0["files"] as? Int } == [1] && zones?.first?["recorded"] as? Bool == true)
    #expect(try world.files("doubtful")["one.jpg"]?.modified == seconds - 4 * 3600)

    _ = try await world.filesync("doctor", "--yes", "mtp:", on: phone(in: "America/New_York"))
    for mended in [1, 0] {
      let run = try await sync("mtp:PHONE/internal/DCIM", "mtp:BOARD/internal/In")
      #expect(run.count("datesMended") == mended && run.copied == 0, "\(run.output)")
      #expect(run.dates == (mended > 0 ? ["manifest": 1] : [:]), "\(run.output)")
    }
    let back = try await sync("mtp:BOARD/internal/In", "back")
    #expect(sides(back) == [] && back.copied == 1, "\(back.output)")
    #expect(try world.files("back")["one.jpg"]?.modified == seconds)
  }

  /// It was read in an assumed zone, and has moved since. What is known of its zone may be of before or after that, so that
  /// it has to be shown once more.
  @Test func aPhoneThatWasMisreadAndHasMovedIsMended() async throws {
    let seconds = Int(date.timeIntervalSince1970)
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    func run(_ arguments: String..., zone: String) async throws -> DeviceWorld.Ending {
      let run = try await world.plugged([phone(in: zone)], ["\(builtProducts)/filesync"] + arguments)
      #expect(run.status == .exited(0), "\(run.output) \(run.errors)")
      return run
    }
    _ = try await run("sync", "mtp:/DCIM", "copy", "--yes", zone: "America/New_York")
    _ = try await run("doctor", "--yes", "mtp:", zone: "America/New_York")
    let moved = try await run("sync", "mtp:/DCIM", "copy", "--yes", "--json", zone: "Asia/Tokyo")
    #expect(moved.count("datesMended") == 0, "\(moved.output)")
    #expect(try world.files("copy")["one.jpg"]?.modified == seconds - 4 * 3600)
    let restored = try await world.filesync("sync", "copy", "elsewhere", "--dry-run", "--json")
    #expect(sides(restored) == ["source"], "\(restored.output)")
    _ = try await run("doctor", "--yes", "mtp:", zone: "Asia/Tokyo")
    for mended in [1, 0] {
      let known = try await run("sync", "mtp:/DCIM", "copy", "--yes", "--json", zone: "Asia/Tokyo")
      #expect(known.count("datesMended") == mended, "\(known.output)")
      #expect(try world.files("copy")["one.jpg"]?.modified == seconds)
    }
  }

  /// The same, but the phone stays plugged in after its zone was shown: it is the one that it is in now.
  @Test func aZoneThatWasShownSinceThePhoneWasPluggedInCounts() async throws {
    let seconds = Int(date.timeIntervalSince1970)
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    _ = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone(in: "America/New_York"))
    #expect(try world.files("copy")["one.jpg"]?.modified == seconds - 4 * 3600)
    let script = #""$filesync" doctor --yes mtp: > /dev/null && "$filesync" sync mtp:/DCIM copy --yes --json"#
    let mended = try await world.bash(script, on: phone(in: "Asia/Tokyo"))
    #expect(mended.status == .exited(0) && mended.count("datesMended") == 1, "\(mended.output) \(mended.errors)")
    #expect(try world.files("copy")["one.jpg"]?.modified == seconds)
  }

  /// Dates from the journal are true, whatever is known of the zone; and folders alone have none that matter.
  @Test func noDateOfTheDevicesIsTaken() async throws {
    try world.world.write("from/sub/one.txt", "sent", modified: date + 0.25)
    try world.world.makeFolder("phone/Empty/folder")
    let phone = phone(in: "America/New_York")
    let script = #"""
      set -e
      "$filesync" sync from mtp:/Sent --yes; rm -r data/filesync/devices
      "$filesync" sync mtp:/Sent back --yes --json > back.json
      "$filesync" sync mtp:/Empty empty --yes --json > empty.json
      """#
    let run = try await world.bash(script, on: phone)
    #expect(run.status == .exited(0), "\(run.errors)")
    for file in ["back.json", "empty.json"] {
      let ending = DeviceWorld.Ending(status: .exited(0), output: world.world.read(file) ?? "", errors: "")
      #expect(sides(ending) == [] && ending.count("foldersMade") ?? 0 > 0, "\(file): \(ending.output)")
    }
    try world.expectSame("from", "back")
  }

  /// Dates that are misread since a phone has moved do not get on record for true ones, and the zone counts as unknown
  /// until it is shown anew.
  @Test func nothingIsMisdatedByAPhoneThatHasMoved() async throws {
    let seconds = Int(date.timeIntervalSince1970)
    try world.world.write("phone/DCIM/one.jpg", "first picture", modified: date)
    func sync(_ zone: String) async throws -> DeviceWorld.Ending {
      try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", "--json", on: phone(in: zone))
    }
    #expect(try await sync("UTC").copied == 1)
    let moved = try await sync("Asia/Tokyo")
    #expect(moved.count("adopted") == 1 && moved.dates == ["verified": 1], "\(moved.output)")
    _ = try await world.filesync("sync", "copy", "elsewhere", "--yes")
    #expect(try world.files("elsewhere")["one.jpg"]?.modified == seconds)

    _ = try await world.filesync("doctor", "--yes", "mtp:", on: phone(in: "Asia/Tokyo"))
    for name in ["two.jpg", "three.jpg"] {
      try world.world.write("phone/DCIM/\(name)", "\(name) elsewhere", modified: date)
      let run = try await sync("America/Los_Angeles")
      #expect(sides(run) == ["source"] && run.copied == 1, "\(run.output)")
    }
    let probed = try await world.filesync("doctor", "--yes", "mtp:", on: phone(in: "America/Los_Angeles"))
    #expect(probed.output.contains("`filesync dates mtp:PHONE/internal/FOLDER COPY` does.\n"), "\(probed.output)")
    for adopted in [2, 0] {
      let phone = phone(in: "America/Los_Angeles")
      let dates = try await world.filesync("dates", "mtp:/DCIM", "copy", "--yes", "--json", on: phone)
      #expect(dates.count("adopted") ?? 0 == adopted, "\(dates.output)")
    }
    #expect(Set(try world.files("copy").values.map(\.modified)) == [seconds])
    _ = try await world.filesync("sync", "copy", "another", "--yes")
    #expect(Set(try world.files("another").values.map(\.modified)) == [seconds])
  }

  /// The same of creation dates, of a device that tells them.
  @Test func creationDatesStayWhenAPhoneHasMoved() async throws {
    try world.world.write("phone/DCIM/Trip/one.jpg", "first picture", modified: date)
    let trip = "\(world.world.folder)/phone/DCIM/Trip"
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: trip)
    func created(_ folder: String) async throws -> [String: String] {
      let entries = try await world.filesync("ls", "-R", "--json", folder).lines("entry")
      return Dictionary(
        entries.compactMap { entry in
          (entry["path"] as? String).flatMap { path in (entry["created"] as? String).map { (path, $0) } }
        }
      ) { first, _ in first }
    }
    for zone in ["UTC", "Asia/Tokyo"] {
      let run = try await world.filesync("sync", "mtp:/DCIM", "copy", "--yes", on: phone(in: zone, "umtp"))
      #expect(run.status == .exited(0), "\(run.errors)")
      if zone == "UTC" { _ = try await world.filesync("sync", "copy", "first", "--yes") }
    }
    _ = try await world.filesync("sync", "copy", "second", "--yes")
    let known = try await created("first")
    #expect(known["Trip/one.jpg"] != nil && known["Trip"] != nil)
    for folder in ["copy", "second"] {
      let now = try await created(folder)
      #expect(now == known, "\(folder): \(now) for \(known)")
    }
  }

  /// A phone in Phoenix that was seen in July looks like one in Los Angeles. Its winter dates count as assumed until one of
  /// winter is sent, or somebody says where it is.
  @Test func aZoneSeenInOneSeasonIsAssumedInTheOther() async throws {
    let (july, january) = (Int(date.timeIntervalSince1970), 1_736_942_400)
    let winter = Date(timeIntervalSince1970: Double(january))
    try world.world.write("phone/DCIM/summer.jpg", "summer", modified: date)
    try world.world.write("phone/DCIM/winter.jpg", "winter picture", modified: winter)
    try world.world.write("from/summer.txt", "sent", modified: date.addingTimeInterval(60.25))
    func run(_ arguments: String..., zone: String = "Europe/Berlin") async throws -> DeviceWorld.Ending {
      let program = ["\(builtProducts)/filesync"] + arguments
      let run = try await world.plugged([phone(in: "America/Phoenix")], program, zone: zone)
      #expect(run.status == .exited(0), "\(arguments): \(run.errors)")
      return run
    }
    _ = try await run("sync", "from", "mtp:/Sent", "--yes")
    let known = try await run("doctor", "--no-probe", "mtp:")
    #expect(known.output.contains("as in America/Los_Angeles, or as in America/Phoenix\n"), "\(known.output)")
    let copied = try await run("sync", "mtp:/DCIM", "copy", "--yes", "--json")
    #expect(sides(copied) == ["source"] && copied.count("datesInAssumedZone") == 1, "\(copied.output)")
    #expect(try world.files("copy").mapValues(\.modified) == ["summer.jpg": july, "winter.jpg": january + 3600])
    let told = try await run("sync", "mtp:/DCIM", "told", "--yes", "--json", zone: "America/Phoenix")
    #expect(sides(told) == [], "\(told.output)")
    #expect(try world.files("told").mapValues(\.modified) == ["summer.jpg": july, "winter.jpg": january])

    try world.world.write("from/winter.txt", "sent, too", modified: winter.addingTimeInterval(60.5))
    _ = try await run("sync", "from", "mtp:/Sent", "--yes")
    for adopted in [1, 0] {
      let mended = try await run("dates", "mtp:/DCIM", "copy", "--yes", "--json")
      #expect(sides(mended) == [] && mended.count("adopted") == adopted, "\(mended.output)")
    }
    #expect(try world.files("copy").mapValues(\.modified) == ["summer.jpg": july, "winter.jpg": january])
    let idle = try await run("sync", "mtp:/DCIM", "copy", "--yes", "--json")
    #expect(idle.copied == 0 && idle.count("failed") == 0, "\(idle.output)")
    // The true dates that the journal has never were in doubt.
    let back = try await run("sync", "mtp:/Sent", "back", "--yes", "--json")
    #expect(sides(back) == [] && back.copied == 2, "\(back.output)")
    try world.expectSame("from", "back")
  }

  /// Phone and computer are in one zone: one season is enough, and nothing is ever said.
  @Test(arguments: ["America/Los_Angeles", "America/Phoenix", "Europe/London", "Africa/Johannesburg"])
  func inThisComputersZoneNothingIsSaid(zone: String) async throws {
    try world.world.write("from/summer.txt", "sent", modified: date)
    let winter = Date(timeIntervalSince1970: 1_736_942_400)
    try world.world.write("phone/DCIM/winter.jpg", "winter picture", modified: winter)
    let script = """
      "$filesync" sync from mtp:/Sent --yes && "$filesync" sync mtp:/DCIM copy --yes --json
      """
    let run = try await world.bash(script, on: phone(in: zone), zone: zone)
    #expect(run.status == .exited(0) && sides(run) == [], "\(run.output) \(run.errors)")
    #expect(run.count("datesInAssumedZone") == 0 && !run.output.contains("Note:"))
    #expect(try world.files("copy")["winter.jpg"]?.modified == 1_736_942_400)
  }

  /// What needs no zone: what is sent, a camera that has a clock, and a phone whose files have shown that it is in this
  /// computer's zone.
  @Test func whereTheZoneIsKnownNothingIsSaid() async throws {
    try world.world.write("from/one.jpg", "first picture", modified: date)
    // No date is taken from what is only compared.
    try world.world.write("phone/DCIM/one.jpg", "FIRST picture", modified: date.addingTimeInterval(60))
    let compared = try await world.filesync("sync", "from", "mtp:/DCIM", "--dry-run", "--json", on: phone(in: "UTC"))
    #expect(compared.lines("step").map { $0["change"] as? String } == ["compare"] && sides(compared) == [])
    try FileManager.default.removeItem(atPath: "\(world.world.folder)/phone/DCIM/one.jpg")

    let phone = phone(in: "UTC")
    let sent = try await world.filesync("sync", "from", "mtp:/DCIM", "--yes", "--json", on: phone)
    #expect(sent.copied == 1 && sides(sent) == [], "\(sent.output)")
    let back = try await world.filesync("copy", "mtp:/DCIM/one.jpg", "copy.jpg", "--yes", "--json", on: phone)
    #expect(back.copied == 1 && sides(back) == [], "\(back.output)")
    try world.world.write("camera/DCIM/two.jpg", "second picture", modified: date)
    var camera = self.phone(in: "Asia/Kathmandu", "camera")
    camera.folder = "camera"
    let shot = try await world.filesync("sync", "mtp:/DCIM", "shots", "--yes", "--json", on: camera)
    #expect(shot.copied == 1 && sides(shot) == [], "\(shot.output)")
    #expect(try world.files("shots")["two.jpg"]?.modified == Int(date.timeIntervalSince1970))
  }

  /// Its dates are others in each zone, and the true ones on record are the same: also the creation dates, which it does
  /// not keep.
  @Test func trueDatesTravelWithThePhone() async throws {
    for (index, name) in ["one.jpg", "sub/two.jpg", "three.jpg"].enumerated() {
      try world.world.write("from/\(name)", name, modified: date - Double(index) * 180 * 86_400 + 0.25)
      try setCreationDate("\(world.world.folder)/from", name)
    }
    let sent = try await world.filesync("sync", "from", "mtp:/Copy", "--yes", on: phone(in: "America/New_York"))
    #expect(sent.status == .exited(0), "\(sent.errors)")
    // By the records of the pair, and where there are none.
    let synced = try await world.filesync("sync", "from", "mtp:/Copy", "--yes", "--json", on: phone(in: "Asia/Tokyo"))
    #expect(Set(synced.lines("step").compactMap { $0["reason"] as? String }) == ["equalAfterZoneChange"])
    for (folder, zone) in [("back", "Asia/Tokyo"), ("again", "Australia/Sydney")] {
      let back = try await world.filesync("sync", "mtp:/Copy", folder, "--yes", "--json", on: phone(in: zone))
      #expect(back.copied == 3, "\(back.output) \(back.errors)")
      try world.expectSame("from", folder)
      let (known, found) = (try await created("from"), try await created(folder))
      #expect(known.count == 2 && known == found, "in \(zone)")
    }
  }

  /// The creation dates of the files in a folder, by their names.
  private func created(_ folder: String) async throws -> [String: String] {
    let entries = try await world.filesync("ls", folder, "--json").lines("entry")
    let dates = entries.filter { $0["kind"] as? String == "file" }.compactMap { file in
      (file["created"] as? String).map { (file["path"] as? String ?? "", $0) }
    }
    return Dictionary(uniqueKeysWithValues: dates)
  }
}
