import Foundation
import Subprocess
import Testing

/// Names that one side cannot hold, there and back.
@Suite(.fewAtOnce) struct NameTests {
  private let world: DeviceWorld

  init() throws { world = try DeviceWorld() }

  /// Files that no phone can hold by their names; each has its name in it, and they have one date.
  private static let hostile = #"""
    set -e
    put() { mkdir -p "from/$(dirname "$1")"; printf 'in %s' "$1" > "from/$1"; }
    for name in 'colon: b.txt' 'colon： b.txt' 'why?' 'dot.' 'dots...' 'space ' ' lead' 'Case.txt' 'case.TXT' 'case (2).TXT' \
      $'Latin \xe9' $'half \xe2\x82' $'control\x01' $'new\nline' $'tab\t' $'caf\xc3\xa9' $'cafe\xcc\x81' 'q"*<>|\' \
      '%20' 'x%3A' 'x:' 'ÄÖ.txt' 'äö.TXT' '😀.txt' 'Straße' 'STRASSE' $'zero\xe2\x80\x8bwidth' 'zerowidth' 'bad: folder/deep?/a: b' 'bad： folder/c' 'Folder/a' 'FOLDER/a' 'folder/B' \
      "$(printf 'x%.0s' {1..255})" "$(printf 'y%.0s' {1..251}).jpg" "$(printf 'y%.0s' {1..250})z.jpg" \
      "$(printf '€%.0s' {1..84}):.x"; do put "$name"; done
    mkdir 'from/empty: '
    find from -exec touch -d '2021-05-06 07:08:09 UTC' {} +
    find from -type f -printf x | wc -c

    """#

  /// Prints what differs of two trees: names, contents and, with `%T@`, dates.
  private static let compare = #"""
    list() { (cd "$1" && find . \( -type f -printf "%p$2 " -exec md5sum -z --tag {} \; -o -printf '%p/' \) -printf '\0' | sort -z | md5sum); }
    same() { [ "$(list "$1" "$3")" = "$(list "$2" "$3")" ] || { echo "$1 and $2 differ"; diff <(ls -Rb "$1") <(ls -Rb "$2"); } >> differ; }
    touch differ

    """#

  /// - Returns: how many files there are.
  private func makeHostile() async throws -> Int {
    let made = try await world.plugged([], ["/bin/bash", "-c", Self.hostile])
    try #require(made.status == .exited(0), "\(made.errors)")
    return try #require(Int(made.output.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  private func counts(_ file: String) -> [String: Any] {
    let lines = (world.world.read(file) ?? "").split(separator: "\n")
    let objects = lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    return objects.last { $0["type"] as? String == "finished" }?["counts"] as? [String: Any] ?? [:]
  }

  @Test(arguments: ["android", "umtp", "player", "minimal"])
  func everyNameComesBack(profile: String) async throws {
    let count = try await makeHostile()
    try world.world.makeFolder("phone")
    let script = #"""
      set -e
      "$filesync" sync from mtp:/Tree --dry-run > dry
      "$filesync" sync from mtp:/Tree --yes --json > first
      "$filesync" sync from mtp:/Tree --yes --json > second
      "$filesync" sync mtp:/Tree back --yes --json > returned
      "$filesync" sync mtp:/Tree from --yes --json > home
      same from back "$1"
      mv data lost-data
      "$filesync" sync from mtp:/Tree --yes --json > without
      "$filesync" sync mtp:/Tree again --yes --json > /dev/null
      same from again ''
      """#
    let dates = ["android", "player"].contains(profile) ? "%T@" : ""
    let run = try await world.bash(Self.compare + script, dates, on: .init(profile: profile))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(world.world.read("differ") == "")
    #expect(counts("first")["filesCopied"] as? Int == count)
    for file in ["second", "home", "without"] {
      for kind in ["filesCopied", "filesKeptBoth", "filesReplaced", "foldersMade", "skipped"] {
        #expect(counts(file)[kind] as? Int == 0, "\(kind) in \(file)")
      }
    }
    let mapped = counts("first")["namesMapped"] as? Int ?? 0
    #expect(mapped > 8 && counts("returned")["namesRestored"] as? Int == mapped)
    #expect(
      world.world.read("dry")?.contains("New names, since the destination cannot hold the true ones: \(mapped)")
        ?? false
    )
    if profile == "android" {
      #expect(world.world.read("dry")?.contains("colon: b.txt  new name: colon： b (2).txt") ?? false)
      #expect(world.world.read("phone/Tree/colon： b.txt") == "in colon： b.txt")
    }
  }

  @Test(arguments: [("android", "player"), ("player", "android"), ("umtp", "minimal")])
  func everyNameGoesFromDeviceToDevice(source: String, destination: String) async throws {
    let count = try await makeHostile()
    for folder in ["one", "two"] { try world.world.makeFolder(folder) }
    let script = #"""
      set -e
      "$filesync" sync from mtp:ONE//Tree --yes --json > first
      "$filesync" sync mtp:ONE//Tree mtp:TWO//Copy --yes --json > second
      "$filesync" sync mtp:ONE//Tree mtp:TWO//Copy --yes --json > third
      "$filesync" sync mtp:TWO//Copy back --yes --json > fourth
      same from back ''
      """#
    let run = try await world.bash(
      Self.compare + script,
      on: .init(profile: source, folder: "one"),
      .init(profile: destination, folder: "two")
    )
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(world.world.read("differ") == "")
    #expect(counts("second")["filesCopied"] as? Int == count && counts("third")["filesCopied"] as? Int == 0)
  }

  @Test func copyAndMvMapNamesAsWell() async throws {
    try world.world.write("a: b.txt", "one")
    try world.world.makeFolder("phone/In")
    for folder in ["here", "there"] { try world.world.makeFolder(folder) }
    for file in ["x1", "x2"] { try world.world.write("phone/Twice/\(file)", file) }
    let script = #"""
      set -e
      "$filesync" copy 'a: b.txt' mtp:/In --yes
      "$filesync" copy 'a: b.txt' mtp:/In --yes --json
      "$filesync" copy 'mtp:/In/a： b.txt' here --yes
      "$filesync" copy 'mtp:/In/a： b.txt' 'here/typed： it' --yes
      "$filesync" copy 'a: b.txt' 'mtp:/In/c? d' --yes
      "$filesync" mv 'mtp:/In/a： b.txt' 'mtp:/In/c？ d' there --yes
      "$filesync" mv mtp:/Twice there --yes
      """#
    let twice = ["--name", "Twice/x1=same.txt", "--name", "Twice/x2=same.txt"]
    let run = try await world.bash(script, on: .init(profile: "android", options: twice))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.copied == 0 && run.count("unchanged") == 1)
    #expect(world.world.names("here") == ["a: b.txt", "typed： it"])
    #expect(world.world.names("there") == ["Twice", "a: b.txt", "c? d"])
    #expect(world.world.names("there/Twice") == ["same (2).txt", "same.txt"] && world.world.names("phone") == ["In"])
    #expect(world.world.names("phone/In").isEmpty)
  }

  /// A name that is typed is the true one, for every command.
  @Test func whatIsTypedIsATrueName() async throws {
    try world.world.makeFolder("phone")
    try world.world.write("one", "1")
    let script = #"""
      set -e
      "$filesync" mkdir -p 'mtp:/a: b/c?' && "$filesync" mkdir -p 'mtp:/a: b/c?'
      "$filesync" copy one 'mtp:/a: b/c?/d: e' --yes --quiet
      "$filesync" cat 'mtp:/a: b/c?/d: e'; "$filesync" ls 'mtp:/a: b'
      "$filesync" mv 'mtp:/a: b/c?/d: e' 'mtp:/a: b/f: g'; "$filesync" cat 'mtp:/a: b/f: g'
      "$filesync" sync 'mtp:/a: b' 'here: it' --yes --quiet
      "$filesync" sync 'here: it' 'mtp:/new: x' --yes --quiet; "$filesync" cat 'mtp:/new: x/f: g'
      "$filesync" rm 'mtp:/a: b/f: g' && ! "$filesync" cat 'mtp:/a: b/f: g'
      ! "$filesync" mkdir 'mtp:/a: b'
      "$filesync" history
      """#
    let run = try await world.bash(script, on: .init(profile: "android"))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(run.output.hasPrefix("1c？/\n11"), "\(run.output)")
    #expect(world.world.names("here: it") == ["c?", "f: g"])
    #expect(world.world.names("phone") == ["a： b", "new： x"] && world.world.names("phone/a： b") == ["c？"])
    #expect(run.errors.contains("mtp:/a: b/f: g: It does not exist.") && run.errors.contains("It exists already."))
    #expect(run.output.contains("  mkdir  ") && run.output.contains("  mv  ") && !run.output.contains("/. "))
  }

  /// A true name goes with its file, and ends with it.
  @Test func aTrueNameIsThatOfOneFile() async throws {
    let phone = DeviceWorld.Device(profile: "android")
    try world.world.makeFolder("phone")
    let prepare = #"""
      set -e
      mkdir from there; for name in Report.pdf report.pdf 'a: b' 'Deep/c?' 'kept: 1'; do
        mkdir -p "$(dirname "from/$name")"; echo "in $name" > "from/$name"; done
      "$filesync" sync from mtp:/A --yes; "$filesync" mkdir mtp:/B
      "$filesync" mv 'mtp:/A/a： b' mtp:/A/Deep mtp:/B; "$filesync" mv 'mtp:/A/kept： 1' mtp:/A/renamed
      "$filesync" sync mtp:/B there --yes
      "$filesync" rm 'mtp:/B/a： b'
      "$filesync" copy mtp:/A/renamed there --yes
      """#
    let first = try await world.bash(prepare, on: phone)
    #expect(first.status == .exited(0), "\(first.errors)")
    #expect(world.world.names("there") == ["Deep", "a: b", "renamed"] && world.world.names("there/Deep") == ["c?"])

    // By other programs on the phone, while no run looked.
    try world.world.write("phone/A/report (2).pdf", "a browser saved this")
    try world.world.write("phone/B/a： b", "in a: b\n")
    let run = try await world.bash(
      #"""
      set -e; mkdir here
      "$filesync" copy 'mtp:/A/report (2).pdf' 'mtp:/B/a： b' here --yes
      "$filesync" sync mtp:/A back --yes
      "$filesync" rm -r --yes mtp:/B/Deep
      echo typed > new; "$filesync" sync from mtp:/C --yes; "$filesync" copy new 'mtp:/C/a： b' --overwrite --yes
      """#,
      on: phone
    )
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(world.world.names("here") == ["a： b", "report (2).pdf"])
    #expect(world.world.names("back") == ["Report.pdf", "renamed", "report (2).pdf"])
    #expect(world.world.read("phone/C/a： b") == "typed\n")
  }

  @Test func anInterruptedMvGoesOnWithMappedAndRestoredNames() async throws {
    try world.world.makeFolder("phone/In")
    for folder in ["there", "again"] { try world.world.makeFolder(folder) }
    for file in ["a: 1", "a: 2", "b: d/c?", "N", "n"] { try world.world.write(file, "in \(file)") }
    // As a run leaves it that was interrupted after it had copied all, and before it removed all.
    let script = #"""
      set -e
      "$filesync" copy 'a: 1' 'a: 2' 'b: d' N n mtp:/In --yes
      rm 'a: 1' n
      "$filesync" mv 'a: 1' 'a: 2' 'b: d' N n mtp:/In --yes
      test ! -e 'a: 2' -a ! -e 'b: d' -a ! -e N
      "$filesync" copy 'mtp:/In/a： 1' 'mtp:/In/b： d' 'mtp:/In/n (2)' there --yes
      "$filesync" mv 'mtp:/In/a： 1' 'mtp:/In/b： d' 'mtp:/In/n (2)' there --yes
      "$filesync" mv 'mtp:/In/a： 2' mtp:/In/N again --yes
      """#
    let run = try await world.bash(script, on: .init(profile: "android"))
    #expect(run.status == .exited(0), "\(run.errors)")
    #expect(world.world.names("there") == ["a: 1", "b: d", "n"] && world.world.names("there/b: d") == ["c?"])
    #expect(world.world.names("again") == ["N", "a: 2"] && world.world.names("phone/In").isEmpty)
  }

  /// What no file on this computer can be called, and what a folder has twice, as devices may.
  @Test(arguments: ["android", "umtp", "player", "camera"])
  func namesOfADeviceThatAreNone(profile: String) async throws {
    let long = String(repeating: "写", count: 200)
    let names = [
      "sub/x1": #"a\u002Fb"#, "sub/x2": #"..\u002F..\u002Fescape"#, "x3": ".", "x4": "..", "x5": "",
      "x6": #"lone\uD83D"#,
      "x7": "same.txt", "x8": "same.txt", "x9": "same (2).txt", "xa": long, "xb": #"nul\u0000gone"#, "d1": "twin",
      "d2": "twin", "xc": "Same.TXT", "xd": "/etc/x",
    ]
    // What is called as our own files are is left out.
    let ours = ["xe": ".filesync-0badcafe-1.part", "xf": ".filesync-vault"]
    let files = names.keys.filter { !$0.hasPrefix("d") }
    for file in files { try world.world.write("phone/\(file)", "in \(file)") }
    for file in ours.keys { try world.world.write("phone/\(file)") }
    for folder in ["d1", "d2"] { try world.world.write("phone/\(folder)/file", "in \(folder)") }
    try world.world.makeFolder("two")
    let all = names.merging(ours) { $1 }
    let phone = DeviceWorld.Device(profile: profile, options: all.flatMap { ["--name", "\($0.key)=\($0.value)"] })
    let script = #"""
      "$filesync" sync mtp:PHONE//sub sub --yes --json > /dev/null && "$filesync" sync mtp:PHONE/ here --yes --json > first &&
      "$filesync" sync mtp:PHONE/ here --yes --json > second && "$filesync" sync mtp:PHONE/ mtp:TWO//Copy --yes --json > third
      echo $?
      "$filesync" sync mtp:TWO//Copy back --yes --json > fourth; echo $?
      "$filesync" rm mtp:PHONE//same.txt; echo $?
      "$filesync" rm -r --yes mtp:PHONE//twin; echo $?
      "$filesync" ls --json mtp:PHONE/ > list
      """#
    let run = try await world.bash(script, on: phone, .init(profile: "android", folder: "two"))
    #expect(run.output.split(separator: "\n") == ["0", "0", "4", "4"], "\(run.output) \(run.errors)")
    for file in files { #expect(world.world.read("phone/\(file)") == "in \(file)") }
    let count = files.count + 2
    #expect(counts("first")["filesCopied"] as? Int == count && counts("second")["filesCopied"] as? Int == 0)
    let here = try world.files("here")
    #expect(Set(here.values.map(\.bytes)).count == count)
    let cut = try #require(here.keys.first { $0.hasPrefix("写") })
    #expect(
      Set(here.keys) == [
        "sub/a%2Fb", "sub/..%2F..%2Fescape", "%2E", "%2E.", "%", "lone%uD83D", "same.txt", "same (2).txt",
        "same (3).txt", "Same.TXT", cut, "nul", "twin/file", "twin (2)/file", "%2Fetc%2Fx",
      ]
    )
    #expect(cut.utf8.count <= 255 && here[cut]?.bytes == Data("in xa".utf8))
    try world.expectSame("here", "back", dates: false)
    #expect(try world.files("two").count == count)
    #expect(
      world.world.names("") == [
        "back", "data", "first", "fourth", "here", "list", "phone", "second", "state", "sub", "third", "two",
      ]
    )
    #expect(world.world.read("list")?.contains(#""ownName":"..""#) ?? false)
  }
}
