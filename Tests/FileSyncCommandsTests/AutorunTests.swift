import Foundation
import MTPStorage
import Subprocess
import SystemPackage
import Testing

@testable import FileSyncCommands

/// `filesync autorun print`, and what `filesync doctor` tells of it.
@Suite(.fewAtOnce) struct AutorunTests {
  private let world: World
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardized

  init() throws {
    world = try World()
    world.bus.plug(.fake())
  }

  private func context(_ environment: [String: String] = [:], user: User = User(name: "me", id: 1000)) -> CommandContext
  {
    var context = world.context(environment: ["FILESYNC_USB_ROOT": world.folder + "/root"].merging(environment) { $1 })
    context.user = user
    return context
  }

  private func profile(_ name: String, _ text: String) throws {
    try world.write("home/.config/filesync/profiles/\(name)", text)
  }

  /// What is printed, given that all went well.
  private func printed(_ arguments: String..., environment: [String: String] = [:]) async -> String {
    let before = world.output.text.count
    let status = await Program.run(["autorun", "print"] + arguments, context(environment))
    #expect(status == .done, "\(world.errors.text)")
    return String(world.output.text.dropFirst(before))
  }

  /// What a command complains of.
  private func told(_ status: CommandStatus, _ arguments: [String], user: User = User(name: "me", id: 1000)) async
    -> String
  {
    let before = world.errors.text.count
    #expect(await Program.run(arguments, context(user: user)) == status, "\(arguments)")
    return String(world.errors.text.dropFirst(before))
  }

  @Test(arguments: [
    ("71-filesync-PROFILE.rules.in", AutorunTemplates.rule),
    ("filesync-PROFILE@.service.in", AutorunTemplates.userUnit),
    ("71-filesync-PROFILE.system.rules.in", AutorunTemplates.systemRule),
    ("filesync-PROFILE@.system.service.in", AutorunTemplates.systemUnit),
  ])
  func theTemplatesAreThoseOfTheSource(file: String, template: String) throws {
    let text = try String(contentsOf: Self.repository.appending(path: "udev/\(file)"), encoding: .utf8)
    #expect(text == template)
  }

  @Test func bothAreFilledIn() async throws {
    try profile("cam-1.x", "mtp:/DCIM\n~/Photos\n")
    let rule = await printed("cam-1.x", "--rule")
    #expect(rule.contains("ATTR{idVendor}==\"18d1\", ATTR{serial}==\"2B1111\", TAG+=\"uaccess\", TAG+=\"systemd\""))
    #expect(rule.contains("ENV{SYSTEMD_USER_WANTS}+=\"filesync-cam-1.x@.service\"") && !rule.contains("RUN"))
    try profile("some", "mtp:Pix*/internal/DCIM\n~/Photos\n")
    #expect(await printed("some", "--rule") == rule.replacing("cam-1.x", with: "some"), "the one that is connected")
    let unit = await printed("cam-1.x", "--unit")
    #expect(!unit.contains("BindsTo") && unit.contains("ConditionUser=!root\n"))
    #expect(unit.contains("\" run cam-1.x --yes --wait 600\n") && !unit.contains("\nUser="))
    let system = await printed("cam-1.x", "--system", "--unit")
    #expect(system.contains("\nUser=me\n") && !system.contains("ConditionUser"))
    let systemRule = await printed("cam-1.x", "--system", "--rule")
    #expect(systemRule.contains("OWNER=\"me\", MODE=\"0600\"") && systemRule.contains("ENV{SYSTEMD_WANTS}+="))
    for text in [rule, unit, system, systemRule] { #expect(text.firstMatch(of: /@[A-Z]+@/) == nil, "\(text)") }

    let both = await printed("cam-1.x")
    #expect(both.contains(rule) && both.contains(unit) && both.contains("/etc/udev/rules.d/71-filesync-cam-1.x.rules"))
    #expect(both.contains(" --unit > \(world.folder)/home/.config/systemd/user/filesync-cam-1.x@.service\n"))
    let line = await printed("cam-1.x", "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["rule"] as? String == rule && object["unit"] as? String == unit)
  }

  /// Its own patience and places are kept.
  @Test func whatTheProfileAndTheUserHaveIsMeant() async throws {
    try profile("cam", "mtp:\n/to\n--wait\n5\n")
    let odd = world.folder + "/co\"n %h\\f"
    try FileManager.default.createDirectory(atPath: odd + "/filesync", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: world.folder + "/home/.config/filesync/profiles",
      toPath: odd + "/filesync/profiles"
    )
    let unit = await printed("cam", "--unit", environment: ["XDG_CONFIG_HOME": odd, "XDG_DATA_HOME": "relative"])
    #expect(unit.contains("\" run cam --yes\n"))
    #expect(unit.contains("\nEnvironment=\"XDG_CONFIG_HOME=\(world.folder)/co\\\"n %%h\\\\f\"\n"))
    #expect(!unit.contains("XDG_DATA_HOME"))
  }

  @Test func twoDevicesAreTwoRules() async throws {
    world.bus.plug(.fake(), .fake("Tablet", serial: "", address: 6), .fake("Other", serial: "X", address: 7))
    try profile("both", "mtp:2B1111/internal\nmtp:Google Tablet/internal\n")
    let rule = await printed("both", "--rule")
    #expect(rule.components(separatedBy: "ENV{SYSTEMD_USER_WANTS}").count == 3)
    // One without a serial number is known by its product.
    #expect(
      rule.contains("ATTR{idVendor}==\"18d1\", ATTR{idProduct}==\"4ee1\", TAG") && !rule.contains("ATTR{serial}==\"X\"")
    )
  }

  @Test func badInput() async throws {
    try profile("cam", "mtp:\n/to\n")
    try profile("here", "/from\n/to\n")
    try profile("place", "mtp:001:005/internal\n/to\n")
    try profile("asks", "mtp:\n/to\n--conflict\nask\n")
    try profile("bad", "mtp:\n/to\n--foo\n")
    for (words, part) in [
      (["cam", "--rule", "--unit"], "exclude each other"), ([], "Missing expected"),
      (["here"], "folders of this computer only"), (["asks"], "nobody is there to answer"),
      (["place"], "another device's when it is plugged in again"),
      (["bad"], "line 3: Unknown option"), (["../x"], "is invalid"), (["cam", "x"], "Unexpected"),
    ] {
      #expect(await told(.usage, ["autorun", "print"] + words).contains(part), "\(words)")
    }
    let root = User(name: "root", id: 0)
    #expect(await told(.usage, ["autorun", "print", "cam", "--system"], user: root).contains("It would run as root"))
    world.bus.plug()
    #expect(await told(.notReady, ["autorun", "print", "cam"]).contains("No MTP device is connected"))
    #expect(world.bus.opened == 0 && world.output.text.isEmpty)
  }

  /// A serial number is the device's own choice.
  @Test(arguments: [
    ("ABC 1-2_3.:é", "\"ABC 1-2_3.:é\""), ("*?[a]\\", "\"[*][?][[]a][\\\\]\""),
    ("a\", RUN+=\"x", "\"a\\\", RUN+=\\\"x\""),
    ("a|b", "\"a?b\""), ("a\nb\u{1B}\u{202E}", "\"a?b????\""), ("%k$env{X}", "\"%k$env{X}\""),
  ])
  func serialNumbersFitThemselvesOnly(serial: String, pattern: String) async throws {
    #expect(AutorunQuoting.pattern(serial) == pattern)
    // As udev reads it: quotes first, then as fnmatch(3).
    let read = String(pattern.dropFirst().dropLast()).replacing("\\\"", with: "\"")
    #expect(unsafe fnmatch(read, serial, 0) == 0 || serial.unicodeScalars.contains { !$0.isASCII })
    for other in ["x" + serial, serial + "x", "ABC", ""] { #expect(unsafe fnmatch(read, other, 0) != 0, "\(other)") }
    try profile("cam", "mtp:\n/to\n")
    world.bus.plug(.fake("Pixel\u{7}\n\", RUN+=\"evil", serial: serial))
    let rule = await printed("cam", "--rule")
    #expect(rule.split(separator: "\n").filter { !$0.hasPrefix("#") }.count == 3)
    #expect(rule.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined().contains(pattern))
    #expect(!rule.unicodeScalars.contains { $0 != "\n" && isHazardous($0) })
  }

  @Test func wordsInUnits() {
    #expect(AutorunQuoting.word("/a b/%i\"\\\n$x") == "\"/a b/%%i\\\"\\\\\\x0a$x\"")
    #expect(User(name: "a b", id: 7).plainName == "7" && User(name: "me", id: 7).plainName == "me")
  }

  /// systemd itself takes both units, also where the program lies at an odd place.
  @Test(.enabled(if: analyze != nil, "systemd-analyze is not installed here"))
  func systemdTakesTheUnits() async throws {
    try profile("cam", "mtp:\n/to\n")
    let kept = try context().profiles.read(ProfileName("cam"))
    let program = world.folder + "/b %in$x;é/filesync"
    try world.write("b %in$x;é/filesync", "#!/bin/sh\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let environment = ["XDG_STATE_HOME": "/a %h\" \\b"]
    for isSystem in [false, true] {
      let user = User(name: "daemon", id: 1)
      var context = self.context(environment)
      context.user = user
      let autorun = try Autorun(kept, isSystem: isSystem, program: program, context)
      let folder = world.folder + "/units-\(isSystem)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      // That the check can fail is seen by a key that nobody knows.
      for (unit, isGood) in [(autorun.unit, true), (autorun.unit.replacing("KillMode", with: "KillMood"), false)] {
        let file = "\(folder)/filesync-cam@.service"
        try Data(unit.utf8).write(to: URL(filePath: file))
        let run = try await Subprocess.run(
          .path(FilePath(try #require(analyze))),
          arguments: Arguments(["verify", "--man=no", isSystem ? "--system" : "--user", file]),
          environment: .inherit.updating(["XDG_RUNTIME_DIR": world.folder]),
          output: .discarded,
          error: .string(limit: 1 << 20)
        )
        let complaints = run.standardError.split(separator: "\n").filter { $0.contains("filesync-cam") }
        #expect(complaints.isEmpty == isGood, "\(complaints)")
        if isGood { #expect(run.terminationStatus == .exited(0), "\(run.standardError)") }
      }
    }
  }

  @Test func whereSystemdStartsNothingIsSaid() throws {
    try profile("cam", "mtp:\n/to\n")
    let kept = try context().profiles.read(ProfileName("cam"))
    for program in ["/a\"b/filesync", "/a'b/filesync", "/a\\b/filesync"] {
      let failure = #expect(throws: Failure.self) { try Autorun(kept, isSystem: false, program: program, context()) }
      #expect(failure?.status == .notPossible)
    }
  }

  // MARK: doctor

  private func checks() async throws -> [String: (state: String, causes: [String])] {
    let before = world.output.text.count
    _ = await Program.run(["doctor", "--json"], context())
    var found: [String: (state: String, causes: [String])] = [:]
    for line in world.output.text.dropFirst(before).split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      guard object["type"] as? String == "autorun", let name = object["profile"] as? String else { continue }
      let findings = try #require(object["findings"] as? [[String: String]])
      #expect(findings.allSatisfy { $0["cure"]?.isEmpty == false })
      found[name] = (try #require(object["state"] as? String), findings.compactMap { $0["cause"] })
    }
    return found
  }

  @Test func doctorNamesWhatIsMissing() async throws {
    try profile("here", "/from\n/to\n")
    try profile("cam", "mtp:\n/to\n")
    #expect(try await checks().mapValues { $0.state } == ["cam": "off"])

    let unit = "home/.config/systemd/user/filesync-cam@.service"
    try world.write(unit, await printed("cam", "--unit"))
    var found = try #require(try await checks()["cam"])
    #expect(found.state == "incomplete" && found.causes == ["No udev rule starts \(world.folder)/\(unit)"])

    // udev has not seen the rule yet when the device was plugged in.
    let rule = "root/etc/udev/rules.d/71-filesync-cam.rules"
    try world.write(rule, await printed("cam", "--rule"))
    found = try #require(try await checks()["cam"])
    #expect(found.state == "incomplete" && found.causes.count == 1 && found.causes[0].contains("was not in effect"))
    let data = "G:systemd\nE:ID_SERIAL=x\nE:SYSTEMD_USER_WANTS=other@.service filesync-cam@.service\n"
    try world.write("root/run/udev/data/c189:4", data)
    found = try #require(try await checks()["cam"])
    #expect(found.state == "ready" && found.causes.isEmpty, "\(found)")
    for wrong in [data.replacing("G:systemd\n", with: ""), data.replacing("filesync-cam@", with: "filesync-ca@")] {
      try world.write("root/run/udev/data/c189:4", wrong)
      #expect(try await checks()["cam"]?.state == "incomplete")
    }
    try world.write("root/run/udev/data/c189:4", data)

    // Who holds it, and whether it may be opened.
    world.bus.plug(.fake(state: .busy(holders: [Holder(pid: 7, name: "gvfsd-mtp")])))
    #expect(try await checks()["cam"]?.causes == ["Google Pixel 7 is in use by gvfsd-mtp (process 7)"])
    world.bus.plug(.fake(state: .forbidden(node: "/dev/bus/usb/001/005")))
    #expect(try await checks()["cam"]?.causes.first?.contains("You may not open") == true)
    world.bus.plug()
    #expect(try await checks()["cam"]?.state == "ready")

    // The manager that the rule speaks to is not the one that has the unit.
    try world.write(rule, await withDevice { await printed("cam", "--system", "--rule") })
    #expect(try await checks()["cam"]?.causes.first?.contains("is none") == true)
    try world.write(rule, "# " + data.replacing("\n", with: " ") + "ENV{SYSTEMD_USER_WANTS}+=\"filesync-cam@.service\"")
    #expect(try await checks()["cam"]?.causes.first?.hasPrefix("No udev rule") == true)

    // The profile is gone, and what starts it is not.
    _ = await Program.run(["profile", "remove", "cam"], context())
    found = try #require(try await checks()["cam"])
    #expect(found.causes.contains("There is no profile cam") && found.state == "incomplete")
    try FileManager.default.removeItem(atPath: "\(world.folder)/\(unit)")
    #expect(try await checks().isEmpty)
  }

  @Test func doctorSpeaksOfPeopleWhoAreNotLoggedIn() async throws {
    try profile("cam", "mtp:\n/to\n")
    let (rule, unit) = (await printed("cam", "--rule"), await printed("cam", "--unit"))
    world.bus.plug()
    try world.write("root/etc/udev/rules.d/71-filesync-cam.rules", rule)
    try world.write("home/.config/systemd/user/filesync-cam@.service", unit)
    let before = world.output.text.count
    #expect(await Program.run(["doctor"], context()) == .notReady)
    let told = world.output.text.dropFirst(before)
    #expect(told.hasPrefix("Profile cam  starts when its device is plugged in.\n") && told.contains("enable-linger"))
    try world.write("root/var/lib/systemd/linger/me", "")
    let again = world.output.text.count
    _ = await Program.run(["doctor"], context())
    #expect(world.output.text.dropFirst(again) == "Profile cam  starts when its device is plugged in.\n")
  }

  private func withDevice(_ body: () async -> String) async -> String {
    world.bus.plug(.fake())
    defer { world.bus.plug() }
    return await body()
  }
}

/// Where systemd's checker of units is.
private let analyze = ["/usr/bin", "/bin"].map { "\($0)/systemd-analyze" }.first(
  where: FileManager.default.isExecutableFile
)
