import Foundation
import Storage
import Testing

@testable import Journal

@Suite struct RunTests {
  private let file = JournalFile()
  private let from = StorageIdentity.phone("A1B2C3")
  private let to = StorageIdentity.local("/photos")

  @Test func keepsRecordsPerSideAndInBothDirections() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    var record = Record.of(RelativePath("a/b"), size: .max)
    record.destinationPath = RelativePath("a/b (Pixel)")
    record.isRacy = true
    try await journal.record([.done(0, record)], in: run)
    #expect(try await journal.history(from: from, to: to).records == [record])

    let back = try await journal.history(from: to, to: from).records
    #expect(back.map(\.path) == [record.destinationPath])
    #expect(back.map(\.destinationPath) == [record.path])
    #expect(back.map(\.source) == [record.destination])
    #expect(back.map(\.destination) == [record.source])
  }

  @Test func keepsPathsThatAreNoText() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    let path = try #require(RelativePath([0xFF, 0x2F, 0xFE, 0x0A]))
    try await journal.record([.done(0, .of(path))], in: run)
    #expect(try await journal.history(from: from, to: to).records.map(\.path) == [path])
  }

  @Test func aStepThatBeganAndNeverEndedIsUnfinishedUntilItIsDone() async throws {
    let dead = try file.open(as: .dead)
    let first = try await dead.begin(from: from, to: to, policy: "{}")
    let intents = ["a", "b"].enumerated().map { index, name in
      let path = RelativePath(name) ?? .root
      return Intent(
        sequence: UInt32(index),
        change: "copy",
        reason: "new",
        path: path,
        target: path.parent.appending("\(name)2") ?? .root,
        size: .max
      )
    }
    try await dead.intend(intents, in: first)
    try await dead.keep(RelativePath("run/b2"), for: intents[1], in: first)
    let journal = try file.open()
    let a = Unfinished(target: RelativePath("a2"), size: .max)
    let b = Unfinished(target: RelativePath("b2"), size: .max, kept: RelativePath("run/b2"))
    let both = [RelativePath("a"): a, RelativePath("b"): b]
    #expect(try await journal.history(from: from, to: to).unfinished == both)
    let back = try await journal.history(from: to, to: from)
    #expect(back.unfinished.isEmpty)
    #expect(back.unfinishedAtSource == [RelativePath("a2"): .max, RelativePath("b2"): .max])
    // All bytes sent is not yet done.
    try await dead.markSent([intents[0]], in: first)
    var sent = both
    sent[RelativePath("a")]?.isSent = true
    #expect(try await journal.history(from: from, to: to).unfinished == sent)
    var elsewhere = intents[0]
    elsewhere.target = RelativePath("a3")
    elsewhere.size = 7
    elsewhere.token = ChangeToken(bytes: [5], version: 1)
    try await dead.redirect(elsewhere, in: first)
    let redirected = try await journal.history(from: from, to: to).unfinished[RelativePath("a")]
    #expect(redirected == Unfinished(target: RelativePath("a3"), size: 7, token: elsewhere.token))

    let second = try await journal.begin(from: from, to: to, policy: "{}")
    #expect(second.resumes == first.uuid)
    try await journal.record([.done(0, .of(RelativePath("a")))], in: second)
    #expect(try await journal.history(from: from, to: to).unfinished == [RelativePath("b"): b])
    try await journal.end(second, ending: "someFailed", counts: "{}")
    #expect(try await journal.begin(from: from, to: to, policy: "{}").resumes == nil)
  }

  /// Who began, and whether what it left is surely a part of the file.
  @Test(arguments: [
    (RunningProcess.dead, false, false), (.dead, true, true), (.current, false, false), (.current, true, true),
    (RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1), false, true),
  ])
  func aPartIsKnownOfRunsThatEndedOrDiedSinceTheBoot(
    _ process: RunningProcess,
    _ hasEnded: Bool,
    _ isKnown: Bool
  ) async throws {
    let path = try #require(RelativePath("d/film"))
    let token = ChangeToken(bytes: [0, 0xFF], version: 3)
    let begun = try file.open(as: process)
    let run = try await begun.begin(from: from, to: to, policy: "{}")
    let step = Intent(
      sequence: 7,
      change: "copy",
      reason: "new",
      path: path,
      target: path,
      size: .max,
      token: token
    )
    try await begun.intend([step], in: run)
    if hasEnded { try await begun.end(run, ending: "interrupted", counts: "{}") }
    let journal = try file.open()
    let number = TemporaryName.number(run: run.id, step: 7)
    #expect(TemporaryName.number(in: TemporaryName.make(journal: journal.id, number: number)) == number)
    let expected = isKnown ? [number: BegunFile(path: path, size: .max, token: token)] : [:]
    #expect(try await journal.history(from: from, to: to).begun == expected)
    #expect(try await journal.history(from: to, to: from).begun.isEmpty)
    // Once it is done, or another run did it, there is nothing to go on with.
    if !hasEnded { try await begun.end(run, ending: "interrupted", counts: "{}") }
    let next = try await journal.begin(from: from, to: to, policy: "{}")
    try await journal.record([.done(0, .of(path))], in: next)
    #expect(try await journal.history(from: from, to: to).begun.isEmpty)
  }

  /// What was not brought to the disk before it was pulled out, nobody knows. An older kernel does not tell.
  @Test(
    arguments: [
      ("7", "7", false, true), ("7", "8", false, false), ("7", nil, false, false), (nil, "8", false, true),
      ("7", "8", true, true),
    ] as [(String?, String?, Bool, Bool)]
  )
  func aPartIsKnownWhereTheDiskWasNotPulledOut(
    _ then: String?,
    _ now: String?,
    _ hasEnded: Bool,
    _ isKnown: Bool
  ) async throws {
    let begun = try file.open(as: RunningProcess(pid: 1, boot: RunningProcess.current.boot, started: 1))
    let run = try await begun.begin(from: from, to: to, disk: then, policy: "{}")
    let path = try #require(RelativePath("film"))
    let token = ChangeToken(bytes: [1], version: 1)
    let film = Intent(sequence: 0, change: "copy", reason: "new", path: path, target: path, size: 9, token: token)
    try await begun.intend([film], in: run)
    if hasEnded { try await begun.end(run, ending: "interrupted", counts: "{}") }
    let history = try await file.open().history(from: from, to: to, disk: now)
    #expect(history.begun.isEmpty == !isKnown && history.unfinished.keys.contains(path))
  }

  @Test func ofARunThatLostItsDiskNoPartIsKnown() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    let path = try #require(RelativePath("film"))
    let token = ChangeToken(bytes: [1], version: 1)
    let film = Intent(sequence: 0, change: "copy", reason: "new", path: path, target: path, size: 9, token: token)
    try await journal.intend([film], in: run)
    try await journal.end(run, ending: "notReady", counts: "{}", losingParts: true)
    let history = try await journal.history(from: from, to: to)
    #expect(history.begun.isEmpty && history.unfinished == [path: Unfinished(target: path, size: 9)])
  }

  @Test func onlyOneLivingRunMayHaveAPair() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    for (one, other) in [(from, to), (to, from)] {
      let error = await failure { () async throws(JournalError) in
        try await journal.begin(from: one, to: other, policy: "{}")
      }
      #expect(error?.reason == .locked)
      #expect(error?.cause.contains("process \(getpid())") == true)
    }
    let otherPair = try await journal.begin(from: from, to: .local("/elsewhere"), policy: "{}")
    #expect(try await journal.livingRuns(besides: otherPair) == [run.id])
    try await journal.end(run, ending: "done", counts: "{}")
    #expect(try await journal.begin(from: from, to: to, policy: "{}").resumes == nil)
  }

  @Test func aDeadRunLocksNothing() async throws {
    let first = try await file.open(as: .dead).begin(from: from, to: to, policy: "{}")
    let journal = try file.open()
    let second = try await journal.begin(from: from, to: to, policy: "{}")
    #expect(second.resumes == first.uuid)
    #expect(try await journal.livingRuns(besides: second).isEmpty)
  }

  @Test func aProcessOfTheSameNumberThatStartedLaterIsAnother() {
    var reused = RunningProcess.current
    #expect(reused.isAlive)
    reused.started -= 1
    #expect(!reused.isAlive)
  }

  @Test func aZombieIsDead() throws {
    let child = try spawn(["/bin/true"])
    // Waits for its end without collecting it.
    var information = unsafe siginfo_t()
    let ended = unsafe waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT)
    #expect(ended == 0)
    let stat = try #require(FileManager.default.contents(atPath: "/proc/\(child)/stat"))
    let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
    var zombie = RunningProcess.current
    zombie.pid = child
    zombie.started = try #require(fields.flatMap { Int64($0[19]) })
    #expect(!zombie.isAlive)
    #expect(collect(child) == 0)
  }

  @Test func remembersDoubtsUntilTheyAreSettled() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    let token = ChangeToken(bytes: [9], version: 2)
    let dated = FileTimes(modified: Timestamp(seconds: 5))
    func truth(_ name: StaticString, _ times: FileTimes = FileTimes()) -> Truth {
      Truth(path: RelativePath(name), size: 3, token: token, times: times, assumedFrom: "Pixel")
    }
    let truths = [truth("a"), truth("b"), truth("c", dated), truth("d")]
    let ends = truths.enumerated().map { StepEnd.done(UInt32($0), .of($1.path), truth: $1) }
    try await journal.record(ends, in: run)
    func known() async throws -> [Truth] {
      try await journal.history(from: from, to: to).destinationTruths.sorted { $0.path < $1.path }
    }
    #expect(try await known() == truths)
    // The file got its right date; another date turned out right, as did one that the journal keeps.
    var end = StepEnd.done(9, .of(RelativePath("a")))
    end.kept = dated
    try await journal.record([end], in: run)
    try await journal.confirm([RelativePath("b"), RelativePath("c"), RelativePath("x")], in: to)
    var rest = [truths[2], truths[3]]
    rest[0].assumedFrom = nil
    #expect(try await known() == rest)
  }

  @Test func keepsTheDatesOfFoldersUntilTheirStorageDoes() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    let times = FileTimes(modified: Timestamp(seconds: 5, nanoseconds: 7), created: Timestamp(seconds: -1))
    let truths = [
      Truth(folder: RelativePath("a"), times: times, isDated: false),
      Truth(folder: RelativePath("b"), times: times, isDated: true),
    ]
    try await journal.record(folders: truths, kept: [], in: run)
    func known() async throws -> [Truth] {
      try await journal.history(from: from, to: to).destinationTruths.sorted { $0.path < $1.path }
    }
    #expect(try await known() == truths)
    #expect(try await known().map(\.holdsWhileDated) == [false, true])
    try await journal.record(folders: [], kept: [RelativePath("a"), RelativePath("c")], in: run)
    #expect(try await known() == [truths[1]])
    try await journal.forget([RelativePath("b")], in: to)
    #expect(try await known().isEmpty)
  }

  @Test func keepsTrueDatesForEveryFolderOfAStorage() async throws {
    let journal = try file.open()
    let run = try await journal.begin(from: from, to: to, policy: "{}")
    let times = FileTimes(created: Timestamp(seconds: -1, nanoseconds: 999_999_999))
    let token = ChangeToken(bytes: [9, 8], version: 2)
    let truth = Truth(path: RelativePath("d/a"), size: 3, token: token, times: times)
    try await journal.record([.done(0, .of(RelativePath("d/a")), truth: truth)], in: run)

    let whole = try await journal.history(from: to, to: .local("/elsewhere"))
    #expect(whole.sourceTruths == [truth])
    var below = truth
    below.path = RelativePath("a")
    #expect(try await journal.history(from: .local("/photos/d"), to: from).sourceTruths == [below])
    #expect(try await journal.history(from: .local("/photos/d2"), to: from).sourceTruths.isEmpty)
    #expect(try await journal.history(from: from, to: .local("/")).destinationTruths.map(\.path.text) == ["photos/d/a"])
  }
}
