import Foundation
import GRDB
import Storage
import Testing

@testable import Journal

@Suite struct OpeningTests {
  private let file = JournalFile()

  /// Why the journal does not open; `nil` if it does.
  private func reason() -> JournalError.Reason? {
    do {
      _ = try file.open()
      return nil
    } catch {
      #expect(!error.cause.isEmpty && !error.cure.isEmpty)
      return error.reason
    }
  }

  @Test func makesAJournalAndKeepsItsIdentity() throws {
    let id = try file.open().id
    #expect(id.count == 8 && id.allSatisfy(\.isHexDigit))
    #expect(try file.open().id == id)
  }

  @Test func isDurableAndChecksReferences() async throws {
    let journal = try file.open()
    let settings = try await journal.settings()
    #expect(settings == ["wal", "2", "1"])
  }

  @Test(arguments: [
    Data("This is no database, just some text that is long enough for a header of SQLite; and then some more.".utf8),
    Data("SQLite format 3\0".utf8) + Data(repeating: 0x55, count: 8000),
  ])
  func tellsWhatIsNoDatabase(_ contents: Data) throws {
    try file.plant(contents)
    #expect(reason() == .corrupt)
    #expect(FileManager.default.contents(atPath: file.path) == contents)
  }

  @Test func tellsADamagedJournal() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: .local("/a"), to: .local("/b"), policy: "{}")
    let ends = (0..<2000).map { StepEnd.done(UInt32($0), .of(RelativePath("f\($0)") ?? .root)) }
    try await journal.record(ends, in: run)
    try await journal.checkpoint()
    // Everything but the first pages, which hold the schema.
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file.path))
    let size = try handle.seekToEnd()
    try handle.seek(toOffset: 100_000)
    try handle.write(contentsOf: Data(repeating: 0xAA, count: Int(size) - 100_000))
    try handle.close()
    let damaged = try file.open()
    let error = await failure { () async throws(JournalError) in
      try await damaged.history(from: .local("/a"), to: .local("/b"))
    }
    #expect(error?.reason == .corrupt)
  }

  @Test func leavesOtherProgramsDatabasesAlone() throws {
    try file.plant(Data())
    let other = try DatabaseQueue(path: file.path)
    try other.write { try $0.execute(sql: "CREATE TABLE theirs(x)") }
    #expect(reason() == .corrupt)
    #expect(try other.read { try String.fetchAll($0, sql: "SELECT name FROM sqlite_schema") } == ["theirs"])
  }

  @Test func tellsANewerJournal() throws {
    var newer = Schema.migrator
    newer.registerMigration("11") { try $0.execute(sql: "CREATE TABLE invention(x)") }
    _ = try file.open(migrator: newer)
    #expect(reason() == .newer)
  }

  @Test func migratesForwardAfterSavingACopy() throws {
    let id = try file.open().id
    var newer = Schema.migrator
    newer.registerMigration("11") { try $0.execute(sql: "DROP TABLE truth") }
    #expect(try file.open(migrator: newer).id == id)
    let backup = try DatabaseQueue(path: file.path + ".version-10")
    #expect(try backup.read { try $0.tableExists("truth") })
    #expect(!FileManager.default.fileExists(atPath: file.path + ".version-11"))
  }

  /// Whose last copies have one original each.
  @Test func takesAJournalOfTheEighthVersionOver() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version2.dump) }
    try Schema.migrator.migrate(old, upTo: "8")
    try await old.write {
      try $0.execute(
        sql: "INSERT INTO freed VALUES (1, ?, 3, x'0102', 1, 1, ?, 1)",
        arguments: [Data("/copy/f".utf8), Data("/photos/f".utf8)]
      )
    }
    try old.close()
    let journal = try file.open()
    let (from, to) = (StorageIdentity.local("/photos"), StorageIdentity.local("/copy"))
    let copy = Fingerprint(size: 3, token: ChangeToken(bytes: [1, 2], version: 1))
    #expect(try await journal.history(from: from, to: to).freed == [RelativePath("f"): copy])
    let backup = try DatabaseQueue(path: file.path + ".version-8")
    #expect(try await backup.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM freed") } == 1)

    // Another original of the same copy is freed, and then found to be there.
    let other = StorageIdentity.local("/other")
    let run = try await journal.begin(from: other, to: to, policy: "{}")
    let path = try #require(RelativePath("f"))
    let file = FreedFile(path: path, place: path, copy: copy)
    try await journal.free([file], in: run)
    try await journal.endFreeing(removed: [], kept: [file], in: run)
    #expect(try await journal.history(from: from, to: to).freed == [path: copy])
    try await journal.unfree([path: path], from: other, to: to)
    #expect(try await journal.history(from: from, to: to).freed == [path: copy])
    try await journal.unfree([path: path], from: from, to: to)
    #expect(try await journal.history(from: from, to: to).freed.isEmpty)
  }

  @Test func takesAJournalOfTheFirstVersionOver() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version1.dump) }
    try old.close()
    let journal = try file.open()
    #expect(journal.id == "a18787d6")
    let (from, to) = (StorageIdentity.local("/photos"), StorageIdentity.local("/copy"))
    let history = try await journal.history(from: from, to: to)
    #expect(history.records.map(\.path) == [RelativePath("d/one"), RelativePath("two")])
    #expect(history.unfinished == [RelativePath("three"): Unfinished()])
    let backup = try DatabaseQueue(path: file.path + ".version-1")
    let steps = try await backup.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM step") }
    #expect(steps == 4)

    let run = try await journal.begin(from: from, to: to, policy: "{}")
    try await journal.record([.done(0, .of(RelativePath("three")))], in: run)
    #expect(try await journal.history(from: from, to: to).unfinished.isEmpty)
  }

  @Test func takesAJournalOfTheSecondVersionOver() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version2.dump) }
    try old.close()
    let journal = try file.open()
    #expect(journal.id == "350285c3")
    let (from, to) = (StorageIdentity.local("/photos"), StorageIdentity.local("/copy"))
    let history = try await journal.history(from: from, to: to)
    #expect(history.records.map(\.path) == [RelativePath("d/two"), RelativePath("one")])
    #expect(
      history.unfinished == [RelativePath("three"): Unfinished(target: RelativePath("three"), size: 5, isSent: true)]
    )
    #expect(history.sourceNames.isEmpty && history.destinationNames.isEmpty)
    let backup = try DatabaseQueue(path: file.path + ".version-2")
    #expect(try await backup.read { try !$0.tableExists("name") && $0.tableExists("step") })

    let run = try await journal.begin(from: from, to: to, policy: "{}")
    try await journal.record([TrueName(path: RelativePath("x"), name: [0xFF])], in: run)
    #expect(try await journal.history(from: from, to: to).destinationNames == [RelativePath("x"): [0xFF]])
  }

  @Test func takesAJournalOfTheThirdVersionOver() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version2.dump) }
    try Schema.migrator.migrate(old, upTo: "3")
    try old.close()
    let journal = try file.open()
    let (from, to) = (StorageIdentity.local("/photos"), StorageIdentity.local("/copy"))
    // What it was reading when it died, that journal did not know.
    let history = try await journal.history(from: from, to: to)
    #expect(history.unfinished.count == 1 && history.begun.isEmpty)
    let backup = try DatabaseQueue(path: file.path + ".version-3")
    #expect(try await backup.read { try $0.tableExists("name") })
  }

  @Test func takesAJournalOfTheFourthVersionOver() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version2.dump) }
    try Schema.migrator.migrate(old, upTo: "4")
    try await old.write { database in
      try database.execute(
        sql: "INSERT INTO truth SELECT storage.id, x'70', 3, x'09', 1, 5, 0, NULL, NULL, 1 FROM storage LIMIT 1"
      )
    }
    try old.close()
    let manifest = try await file.open().manifest { _ in true }
    #expect(manifest.files.allSatisfy { $0.truth.assumedFrom == nil })
    func hasMark(_ path: String) async throws -> Bool {
      try await DatabaseQueue(path: path).read { try $0.columns(in: "truth").contains { $0.name == "assumed_from" } }
    }
    let marked = [try await hasMark(file.path), try await hasMark(file.path + ".version-4")]
    #expect(marked == [true, false])
    let truths = try await DatabaseQueue(path: file.path).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM truth")
    }
    #expect(truths == 1)
  }

  @Test func takesAJournalOfTheFifthVersionOver() async throws {
    try file.plant(Data())
    let old = try DatabaseQueue(path: file.path)
    try await old.write { try $0.execute(sql: Version2.dump) }
    try Schema.migrator.migrate(old, upTo: "5")
    try old.close()
    let (from, to) = (StorageIdentity.local("/photos"), StorageIdentity.local("/copy"))
    // On which disk that journal's runs wrote it did not know.
    let history = try await file.open().history(from: from, to: to, disk: "7")
    #expect(history.records.count == 2 && history.unfinished.count == 1)
    let backup = try DatabaseQueue(path: file.path + ".version-5")
    #expect(try await backup.read { try !$0.columns(in: "run").contains { $0.name == "disk" } })
  }

  /// Names that older versions put on record after a conflict go; those that a storage could not hold stay.
  @Test func forgetsFalseNames() async throws {
    let (home, there) = (StorageIdentity.local("/home"), StorageIdentity.phone("A1B2C3"))
    let records = [
      // A conflict, and the same in a folder.
      ("a.jpg", "a (2).jpg"), ("a (Pixel 2024-01-01).jpg", "a.jpg"),
      ("d/a.jpg", "d/a (2).jpg"), ("d/a (Pixel 2024-01-01).jpg", "d/a.jpg"),
      // Names that could not be held: one took the place of another, two differ in case, one stands alone.
      ("x:y", "x：y"), ("x：y", "x：y (2)"),
      ("B.txt", "b.txt"), ("b.txt", "b (2).txt"), ("c?", "c？"),
    ]
    let names = [
      ("a (2).jpg", "a.jpg"), ("d/a (2).jpg", "a.jpg"), ("x：y", "x:y"), ("x：y (2)", "x：y"), ("b (2).txt", "b.txt"),
      ("c？", "c?"),
    ]
    let journal = try file.open()
    let run = try await journal.begin(from: home, to: there, policy: "{}")
    for (index, (path, other)) in records.enumerated() {
      let (path, other) = (try #require(RelativePath(path)), try #require(RelativePath(other)))
      var end = StepEnd.done(UInt32(index), .of(path))
      end.record?.destinationPath = other
      try await journal.record([end], in: run)
    }
    for (path, name) in names {
      let name = TrueName(path: try #require(RelativePath(path)), name: Array(name.utf8))
      try await journal.record([name], in: run)
    }
    func known() async throws -> Set<String> {
      Set(try await journal.history(from: home, to: there).destinationNames.keys.map(\.text))
    }
    #expect(try await known().count == 6)
    try await DatabaseQueue(path: file.path).write { try FalseNames.drop(from: $0) }
    #expect(try await known() == ["x：y", "x：y (2)", "b (2).txt", "c？"])
  }

  @Test func tellsALockedJournal() async throws {
    let journal = try file.open()
    await journal.setPatience(0)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: file.path, configuration: configuration)
    try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    let error = await failure { () async throws(JournalError) in
      try await journal.begin(from: .local("/a"), to: .local("/b"), policy: "{}")
    }
    #expect(error?.reason == .locked)
    try other.inDatabase { try $0.execute(sql: "COMMIT") }
    _ = try await journal.begin(from: .local("/a"), to: .local("/b"), policy: "{}")
  }

  @Test(.enabled(if: FileManager.default.isReadableFile(atPath: "/proc/locks"), "the kernel shows no locks here"))
  func knowsWhoHasTheJournal() async throws {
    _ = try file.open()
    #expect(FileSystem.writer(of: file.path, besides: 0) == nil)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: file.path, configuration: configuration)
    try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    #expect(FileSystem.writer(of: file.path, besides: 0) == .current)
    // Nobody is told that he has it himself.
    #expect(FileSystem.writer(of: file.path) == nil)
    try other.inDatabase { try $0.execute(sql: "COMMIT") }
    #expect(FileSystem.writer(of: file.path, besides: 0) == nil)
  }

  @Test func tellsAFolderInTheWay() throws {
    try FileManager.default.createDirectory(atPath: file.path, withIntermediateDirectories: true)
    #expect(reason() == .unreadable)
  }

  @Test func tellsAFileInTheWayOfItsFolder() throws {
    try FileManager.default.createDirectory(at: file.folder, withIntermediateDirectories: true)
    try Data().write(to: file.folder.appending(path: "state"))
    #expect(reason() == .unreadable)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func tellsMissingPermission() throws {
    _ = try file.open()
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file.path)
    #expect(reason() == .unreadable)
  }

  @Test(.enabled(if: geteuid() == 0, "only root may mount a small file system"))
  func tellsAFullDisk() async throws {
    let folder = file.folder.appending(path: "state")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let mount = try spawn(["/bin/mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder.path])
    try #require(collect(mount) == 0)
    defer { (try? spawn(["/bin/umount", "-l", folder.path])).map { _ = collect($0) } }
    let journal = try file.open()
    let run = try await journal.begin(from: .local("/a"), to: .local("/b"), policy: "{}")
    let ends = (0..<20_000).map { StepEnd.done(UInt32($0), .of(RelativePath("file \($0)") ?? .root)) }
    let error = await failure { () async throws(JournalError) in try await journal.record(ends, in: run) }
    #expect(error?.reason == .full)
    // What was on record before still is, and with room again so is the rest.
    try await journal.record(Array(ends.prefix(10)), in: run)
    #expect(try await journal.history(from: .local("/a"), to: .local("/b")).records.count == 10)
  }
}

extension Journal {
  func settings() throws(JournalError) -> [String] {
    try read { database in
      try ["journal_mode", "synchronous", "foreign_keys"].compactMap {
        try String.fetchOne(database, sql: "PRAGMA \($0)")
      }
    }
  }

  func checkpoint() throws(JournalError) {
    try withoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
  }

  func setPatience(_ milliseconds: Int) {
    try? withoutTransaction { try $0.execute(sql: "PRAGMA busy_timeout = \(milliseconds)") }
  }
}
