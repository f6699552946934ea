import Foundation
import Storage
import Subprocess
import SyncEngine
import Testing

/// docs/schema.json, held against what the program really prints.
@Suite(.fewAtOnce) struct JSONSchemaTests {
  private static let schema = Documentation.root.appending(path: "docs/schema.json")

  private typealias Object = [String: Any]

  private static func object(_ data: Data) throws -> Object {
    try #require(try JSONSerialization.jsonObject(with: data) as? Object)
  }

  /// The schema's part for each type of line.
  private static func kinds() throws -> [String: Object] {
    let parts = try #require(try object(Data(contentsOf: schema))["oneOf"] as? [Object])
    return try Dictionary(
      uniqueKeysWithValues: parts.map { part in
        let type = (part["properties"] as? Object)?["type"] as? Object
        return (try #require(type?["const"] as? String), part)
      }
    )
  }

  /// What `scripts/check-json` says of lines; empty if they are as the schema has it.
  private static func complaints(_ lines: String, _ world: DeviceWorld) async throws -> String {
    try world.world.write("lines", lines)
    let script = Documentation.root.appending(path: "scripts/check-json").path
    let checked = try await world.bash(#""$1" "$2" < lines"#, script, schema.path)
    #expect(checked.errors.isEmpty, "\(checked.errors)")
    #expect((checked.status == .exited(0)) == checked.output.isEmpty)
    return checked.output
  }

  /// Every command, with a phone that has a card, and devices of their own for what goes wrong. `json` adds what a command
  /// prints to the lines.
  private static let commands = #"""
    json() { "$filesync" "$@" --json; }
    broken() { FILESYNC_TIMEOUT=1 "$products/virtual-mtp" --folder phone --longest-wait 250 "${@:2}" -- \
      "$filesync" $1 --json; }
    json devices
    json doctor mtp:PHONE/internal --yes
    json doctor
    "$filesync" profile add cam mtp:PHONE/internal/DCIM copy >&2; json profile add all local copy; json profile remove all; json profile list; json profile show cam; json autorun print cam
    json doctor
    echo /a > config/filesync/profiles/bad; json profile list; json profile remove cam
    json ls -R mtp:PHONE; json ls local; json tree mtp:PHONE/internal; json tree --depth 1 local; json df; json df local
    json cat local/plain.txt mtp:PHONE/internal/none
    json sync mtp:PHONE/internal/DCIM copy --dry-run --verbose --exclude '*.txt' --exclude 'no*' --exclude '*.TXT'
    json sync mtp:PHONE/internal/DCIM copy --yes
    echo changed > copy/a.txt; touch -d 2020-01-01 phone/DCIM/a.txt; echo more >> phone/DCIM/a.txt
    json sync mtp:PHONE/internal/DCIM copy --yes
    json sync local mtp:PHONE/card/local --yes
    json sync mtp:PHONE/card/local back --yes
    json check local back; json dates local back --yes
    json sync local mirrored --mirror --yes; json sync local mirrored --mirror --yes --max-delete 0
    mkdir few; echo 1 > few/1; json sync few mirrored --mirror --yes --max-delete 100%
    echo 1 > few/f; touch -d 2019-01-01 few/f; json sync few both --two-way --yes; echo 11 > few/f; echo 222 > both/f
    json sync few both --two-way --yes
    mkdir full; echo old > full/old; touch -d 2018-01-01 full/old
    json sync full kept --verify --yes; json sync full kept --proof; json sync full kept --move --yes
    json vault list; json vault list mirrored --verbose; json vault prune mirrored --keep 0 --yes
    json copy local/plain.txt mtp:PHONE/internal --yes; json mkdir new no/such; json mv local/plain.txt local/other --yes
    json mv local/other mtp:PHONE/internal/other --yes; json rm mtp:PHONE/internal/other mtp:PHONE/internal/none
    json rm -r new --yes; json mkdir -p new/er
    json history --last 100; json log; json history export; json history export dates.jsonl
    json history import dates.jsonl
    rm -r mirrored; json sync few mirrored --yes; rm mirrored/1; json sync few mirrored --yes
    broken 'sync mtp:/DCIM other --yes' --fault unplug@bytes=15000000
    broken 'sync mtp:/DCIM other --yes'
    broken 'sync few mtp:/few --yes' --fault reset@SendObject
    broken 'tree mtp:' --fault respond=GeneralError@GetObjectHandles#2 --fault respond=GeneralError@GetObjectPropList#all
    broken 'devices' --locked 3600; FILESYNC_USB_ROOT=$PWD/none json vault list
    unset FILESYNC_PROBE
    rm -r data; json sync few mtp:PHONE/internal/probed --yes
    rm -r data; broken 'sync few mtp:/failed --yes' --fault reconnect@SendObject#2 --fault reconnect@SendObject#5
    json frob; true
    """#

  @Test func everyLineIsAsTheSchemaSays() async throws {
    let world = try DeviceWorld()
    for path in ["phone/DCIM/a.txt", "phone/DCIM/sub/b.jpg", "local/plain.txt", "local/sub/a: b?.txt", "card/c"] {
      try world.world.write(path, path)
    }
    try world.world.write("phone/DCIM/film.mp4", String(repeating: "film", count: 10_000_000))
    try FileManager.default.createSymbolicLink(atPath: "\(world.world.folder)/local/link", withDestinationPath: "sub")
    let phone = DeviceWorld.Device(profile: "android", options: ["--card", "\(world.world.folder)/card"])
    let run = try await world.bash("products=\(builtProducts)\nmkfifo local/pipe\n" + Self.commands, on: phone)
    #expect(try await Self.complaints(run.output, world) == "")

    let types = try run.output.split(separator: "\n").map { try Self.object(Data($0.utf8))["type"] as? String ?? "" }
    #expect(Set(try Self.kinds().keys).subtracting(types) == [], "occurred nowhere: \(run.errors.suffix(2000))")
  }

  /// A check that accepts everything would show nothing.
  @Test func wrongLinesAreRefused() async throws {
    let world = try DeviceWorld()
    let right = #"{"type":"made","version":1,"location":"x"}"# + "\n"
    #expect(try await Self.complaints(right, world) == "")
    for (wrong, words) in [
      (#"{"type":"made","version":1}"#, "'location' is a required property"),
      (#"{"type":"made","version":1,"location":"x","other":1}"#, "'other' was unexpected"),
      (#"{"type":"made","version":2,"location":"x"}"#, "1 was expected"),
      (#"{"type":"made","version":1,"location":7}"#, "7 is not of type 'string'"),
      (#"{"type":"news","version":1}"#, "no line of a known type"), ("text", "no line of a known type"),
      (#"{"type":"removed","version":1,"path":"a","bytes":-1}"#, "-1 is less than the minimum of 0"),
      (#"{"type":"finished","version":1,"ending":"fine","counts":{}}"#, "'fine' is not one of"),
      (#"{"type":"warning","version":1,"error":{"reason":"notFound","cause":"c","x":1}}"#, "'x' was unexpected"),
    ] {
      #expect(try await Self.complaints(right + wrong + "\n", world).contains(words), "\(wrong)")
    }
  }

  /// What is said in words and what programs check do not drift apart.
  @Test func thePagesTellOfEveryFieldAndTheWordsAreOurs() throws {
    let pages = try ["docs/json.md", "docs/manifest.md"].map { try Documentation($0).text }.joined()
    let words = Set(pages.matches(of: /`([A-Za-z0-9]+)`/).map { String($0.1) })
    for (type, part) in try Self.kinds() {
      let fields = Set(try #require(part["properties"] as? Object).keys)
      #expect(fields.union([type]).subtracting(words).isEmpty, "\(type)")
    }
    let shared = try #require(try Self.object(Data(contentsOf: Self.schema))["$defs"] as? [String: Object])
    let reasons = shared["error"].flatMap { ($0["properties"] as? Object)?["reason"] as? Object }
    #expect(Set(reasons?["enum"] as? [String] ?? []) == Set(StorageError.Reason.allCases.map(\.rawValue)))
    #expect(Set(shared["reason"]?["enum"] as? [String] ?? []) == Set(Reason.allCases.map(\.rawValue)))
  }
}
