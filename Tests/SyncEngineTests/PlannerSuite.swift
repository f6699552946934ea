import Journal
import Storage

@testable import SyncEngine

/// What the suites about plans share: one file in its versions, and plans as text.
protocol PlannerSuite {}

extension PlannerSuite {
  static var kept: RelativePath { "a (Pixel 2020-09-13).jpg" }
  static var old: Entry { Entry.file("a.jpg", 10, token: 1) }
  static var same: Entry { Entry.file("a.jpg", 10, token: 2) }
  static var record: Record { Record.of(old, same) }
  static var otherDate: Entry { Entry.file("a.jpg", 10, token: 9, modified: 1_700_000_000) }
  static var undated: Entry { Entry.file("a.jpg", 10, token: 9, modified: nil) }
  static var larger: Entry { Entry.file("a.jpg", 11, token: 9) }

  func rows(_ plan: Plan) -> [String] {
    plan.actions.map { "\($0.change) \($0.reason.rawValue) \($0.path.text)" }
  }
}
