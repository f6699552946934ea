import Journal
import Storage
import StorageContract
import Testing

@testable import SyncEngine

/// What a plan does to folders, and in which order.
@Suite struct PlannerFolderTests: PlannerSuite {
  @Test func foldersAreFilledAsTheDestinationSpellsThem() {
    var input = Planner.Input.sample
    input.destinationTraits.names.isCaseSensitive = false
    input.source.entries = [
      .folder("DCIM"), .file("DCIM/IMG.JPG", 1, token: 1), .folder("DCIM/New"), .file("DCIM/New/a", 1, token: 1),
      .file("DCIM/old.jpg", 2, token: 2),
    ]
    input.destination.entries = [.folder("dcim"), .file("dcim/OLD.JPG", 1, token: 1)]
    input.history.records = [.of(.file("DCIM/old.jpg", 1, token: 1), .file("dcim/OLD.JPG", 1, token: 1))]
    let plan = Planner.plan(input)
    #expect(
      rows(plan) == [
        "copy new dcim/IMG.JPG", "makeFolder new dcim/New", "copy new dcim/New/a", "replace changed dcim/OLD.JPG",
      ]
    )
    #expect(plan.folderDates.map(\.path) == ["dcim", "dcim/New"])
  }

  @Test func aDeviceGetsFolderAfterFolder() {
    var input = Planner.Input.sample
    input.destinationTraits.session = ObjectIdentifier(InMemoryStorage.Session())
    input.source.entries = [
      .folder("d"), .file("d/a", 1, token: 1), .folder("d/e"), .file("d/e/b", 1, token: 1), .file("d/z", 1, token: 1),
      .file("y", 1, token: 1),
    ]
    let plan = Planner.plan(input)
    #expect(
      rows(plan) == [
        "makeFolder new d", "copy new y", "copy new d/a", "makeFolder new d/e", "copy new d/z", "copy new d/e/b",
      ]
    )
    #expect(plan.actions.map(\.id) == [0, 1, 2, 3, 4, 5])
  }

  @Test func aRemovedFolderIsMadeAgainOnlyForSomethingNew() {
    var input = Planner.Input.sample
    input.source.entries = [
      .folder("d"), .file("d/a", 1, token: 1), .folder("d/e"), .file("d/e/b", 1, token: 1), .folder("f"),
      .file("f/c", 1, token: 1),
    ]
    input.destination.entries = [.file("z", 1, token: 1)]
    input.history.records = ["d/a", "d/e/b", "f/c"].map { .of(.file($0, 1, token: 1), .file($0, 1, token: 1)) }
    #expect(Planner.plan(input).actions.map(\.reason) == Array(repeating: .missingFromCheckpoint, count: 3))
    #expect(Planner.plan(input).folderDates.isEmpty)

    input.source.entries.insert(.file("d/e/new", 1, token: 1), at: 4)
    #expect(
      rows(Planner.plan(input)) == [
        "skip missingFromCheckpoint d/a", "skip missingFromCheckpoint d/e/b", "makeFolder new d", "makeFolder new d/e",
        "copy new d/e/new", "skip missingFromCheckpoint f/c",
      ]
    )
    #expect(Planner.plan(input).folderDates.map(\.path) == ["d", "d/e"])
  }

  @Test func foldersGetTheirDatesWhereSomethingWasPutOrTheDateDiffers() {
    var input = Planner.Input.sample
    input.source.entries = [
      .folder("a"), .file("a/new", 1, token: 1), .folder("b"), .folder("c"), .folder("d", modified: nil),
    ]
    input.destination.entries = [.folder("a"), .folder("b"), .folder("c", modified: 7), .folder("d")]
    #expect(Planner.plan(input).folderDates.map(\.path) == ["a", "c"])
    // The journal keeps those of a device, which it finds again by its path.
    input.destinationTraits.times.modified = .readOnly(precision: 1)
    #expect(Planner.plan(input).folderDates.isEmpty)
    input.destinationTraits.identity.device = input.sourceTraits.identity.device
    #expect(Planner.plan(input).folderDates.map(\.path) == ["a", "c"] && Planner.plan(input).remembersFolderDates)
  }

  @Test func creationDatesOfFoldersCountAsWell() {
    var input = Planner.Input.sample
    func folder(_ path: RelativePath, _ created: Int64?) -> Entry {
      var folder = Entry.folder(path)
      folder.times.created = created.map { Timestamp(seconds: $0) }
      return folder
    }
    input.source.entries = [folder("differs", 5), folder("missing", 5), folder("same", 5), folder("unknown", nil)]
    input.destination.entries = [folder("differs", 6), folder("missing", nil), folder("same", 5), folder("unknown", 5)]
    let plan = Planner.plan(input)
    #expect(plan.folderDates.map(\.path) == ["differs", "missing"] && !plan.remembersFolderDates)
  }
}
