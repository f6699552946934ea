internal import Storage

extension ContractCheck {
  /// The rules for listing and reading, which every storage keeps.
  public static let reading = listing + lookingAgain + readingBytes + interrupted

  private static let listing = [
    ContractCheck("an empty folder is complete and empty", [.directory("empty")]) { storage, _ in
      try expectEqual(try await storage.listAll(.of("empty")), [], "listing")
    },
    ContractCheck(
      "a listing tells kinds and sizes",
      [.file("a", [1, 2, 3]), .directory("b"), .file("b/c", []), .file("z.jpg", someBytes(70_000))]
    ) { storage, _ in
      let entries = try await storage.listAll()
      try expectEqual(entries.map(\.path), [.of("a"), .of("b"), .of("z.jpg")], "paths")
      try expectEqual(entries.map(\.kind), [.file, .directory, .file], "kinds")
      try expectEqual(entries.map { $0.isDirectory ? nil : $0.size }, [3, nil, 70_000], "sizes")
      try expectEqual(try await storage.find(.of("b/c")).size, 0, "size of an empty file")
    },
    ContractCheck(
      "each entry of a large folder comes once",
      [.directory("many")] + (0..<600).map { .file("many/file \($0)", []) }
    ) { storage, _ in
      let paths = try await storage.listAll(.of("many")).map(\.path)
      try expectEqual(paths.count, 600, "entries")
      try expectEqual(Set(paths), Set((0..<600).map { .of("many/file \($0)") }), "paths")
    },
    ContractCheck("a deep folder can be listed and read", deepTree) { storage, _ in
      let file = RelativePath.of(deepPath + "/file")
      try expectEqual(try await storage.bytes(of: try await storage.find(file)), [7], "contents")
    },
    ContractCheck("names of many scripts are kept", names.map { .file($0, Array($0.utf8)) }) { storage, _ in
      let entries = try await storage.listAll()
      try expectEqual(Set(entries.map(\.path)), Set(names.map { .of($0) }), "paths")
      for entry in entries { try expectEqual(try await storage.bytes(of: entry), entry.path.bytes, "contents") }
    },
    ContractCheck("dates are kept within the precision", dates.map { .file("\($0.seconds)", [1], modified: $0) }) {
      storage,
      _ in
      guard let precision = storage.traits.times.modified.precision else { return }
      for date in dates {
        let found = try await storage.find(.of("\(date.seconds)")).times.modified
        let isKept = found?.matches(date, precision: precision) == true
        try expect(isKept, "modified: \(String(describing: found)) instead of \(date)")
      }
    },
    ContractCheck("what is no folder cannot be listed", [.file("file", [1])]) { storage, _ in
      _ = try await storage.listAll()
      try await expectError(.notFound, of: "listing what does not exist") {
        _ = try await storage.list(.of("missing")) { _ in }
      }
      try await expectError(.notADirectory, of: "listing a file") { _ = try await storage.list(.of("file")) { _ in } }
    },
    ContractCheck("free space is no more than the capacity") { storage, _ in
      guard let space = try await storage.space() else { return }
      try expect(space.capacity > 0 && space.free <= space.capacity, "\(space)")
    },
  ]

  private static let deepPath = (1...20).map { "folder\($0)" }.joined(separator: "/")
  private static let deepTree: [TreeItem] =
    (1...20).map { depth in .directory((1...depth).map { "folder\($0)" }.joined(separator: "/")) }
    + [.file(deepPath + "/file", [7])]

  private static let names = [
    "plain.txt", "two words.jpg", "Ünïcödé.txt", "e\u{301}.txt", "Привет", "照片 001.jpg", "العربية", "ไทย", "😀🏳️‍🌈.png",
    "-dash", "#%&'()+,;=@[]^`{}~", ".hidden", String(repeating: "ä", count: 100),
  ]

  /// In winter and in summer, in the hour that clocks repeat in Berlin, on a leap day, after 2038.
  private static let dates = [
    Timestamp(seconds: 978_347_096, nanoseconds: 987_654_321), .someday, Timestamp(seconds: 1_729_992_600),
    Timestamp(seconds: 1_709_211_898), Timestamp(seconds: 2_177_452_800, nanoseconds: 1),
  ]
}

extension ContractCheck {
  private static let lookingAgain = [
    ContractCheck("looking again finds the same", [.directory("d"), .file("d/a", [1, 2]), .file("b", [3])]) {
      storage,
      _ in
      let entries = [try await storage.find(.of("d/a")), try await storage.find(.of("b"))]
      let again = try await storage.refresh(entries)
      try expectEqual(again.map { $0?.path }, entries.map(\.path), "paths")
      try expectEqual(again.map { $0?.token }, entries.map(\.token), "tokens")
      try expectEqual(again.map { $0?.times.modified }, entries.map(\.times.modified), "dates")
    },
    ContractCheck("looking again finds what vanished", [.file("a", [1]), .file("b", [2]), .file("c", [3])]) {
      storage,
      backing in
      let entries = try await storage.listAll()
      try backing.remove(.of("b"))
      let again = try await storage.refresh(entries)
      try expectEqual(again.map { $0?.path }, [.of("a"), nil, .of("c")], "paths")
      try await expectError(.notFound, of: "reading what is gone") { _ = try await storage.bytes(of: entries[1]) }
      try expectEqual(try await storage.bytes(of: entries[2]), [3], "contents after an error")
    },
  ]

  /// Around the buffers of disks and the packets of USB, empty, and of several pieces.
  private static let sizes = [
    0, 1, 499, 500, 501, 511, 512, 513, 1_012, 4_096, 16_371, 16_372, 65_535, 65_536, 65_537, 1_048_564, 1_048_575,
    1_048_576, 1_048_577, 3_000_000,
  ]

  private static let readingBytes = [
    ContractCheck(
      "bytes arrive whole, whatever the size",
      sizes.map { .file("\($0)", someBytes($0, seed: UInt64($0))) }
    ) { storage, _ in
      for entry in try await storage.listAll() {
        guard let size = entry.size else { throw ContractViolation("\(entry.path) has no size") }
        let found = try await storage.bytes(of: entry)
        try expect(found == someBytes(Int(size), seed: size), "\(size) bytes came as \(found.count) others")
      }
    },
    ContractCheck("reading starts at any offset", [.file("file", someBytes(200_003))]) { storage, _ in
      let entry = try await storage.find(.of("file"))
      for offset in [0, 1, 511, 512, 65_536, 100_001, 200_002, 200_003] {
        let found = try await storage.bytes(of: entry, from: UInt64(offset))
        try expect(found == Array(someBytes(200_003)[offset...]), "from \(offset) came \(found.count) other bytes")
      }
      for part in [0..<1, 511..<513, 0..<65_536, 100_000..<200_003, 0..<200_003, 7..<7] {
        let sink = BytesSink()
        let count = try await storage.readPart(
          entry,
          UInt64(part.lowerBound)..<UInt64(part.upperBound),
          into: sink,
          TransferControl()
        )
        try expect(sink.bytes == Array(someBytes(200_003)[part]), "for \(part) came \(sink.bytes.count) other bytes")
        try expectEqual(count, UInt64(part.count), "the bytes that were counted")
      }
    },
    ContractCheck("reading back brings the whole file", [.file("file", someBytes(200_003))]) { storage, _ in
      let entry = try await storage.find(.of("file"))
      let sink = BytesSink()
      let count = try await storage.readBack(entry, into: sink, TransferControl())
      try expect(sink.bytes == someBytes(200_003), "\(sink.bytes.count) other bytes came")
      try expectEqual(count, 200_003, "the bytes that were counted")
    },
    ContractCheck("nothing is read beyond the end", [.file("file", someBytes(1_000))]) { storage, _ in
      let entry = try await storage.find(.of("file"))
      do {
        try expectEqual(try await storage.bytes(of: entry, from: 1_001), [], "bytes beyond the end")
      } catch is StorageError {}
      try expectEqual(try await storage.bytes(of: entry).count, 1_000, "bytes afterwards")
    },
    ContractCheck("a folder is no file", [.directory("folder")]) { storage, _ in
      let folder = try await storage.find(.of("folder"))
      try await expectError(.notAFile, of: "reading a folder") { _ = try await storage.bytes(of: folder) }
    },
  ]

  private static let interrupted = [
    ContractCheck("a cancel stops a read", [.file("file", someBytes(3_000_000))]) { storage, _ in
      let entry = try await storage.find(.of("file"))
      let control = TransferControl()
      let sink = BytesSink(limit: 1) { () throws(StorageError) in control.cancel() }
      try await expectError(.cancelled, of: "a read that was cancelled") {
        _ = try await storage.read(entry, from: 0, into: sink, control)
      }
      try expect(sink.bytes.count < 3_000_000, "the whole file came in spite of the cancel")
      try expectEqual(try await storage.bytes(of: entry).count, 3_000_000, "bytes afterwards")
    },
    ContractCheck("the error of a sink is the error of the read", [.file("file", someBytes(3_000_000))]) {
      storage,
      _ in
      let entry = try await storage.find(.of("file"))
      let sink = BytesSink(limit: 10) { () throws(StorageError) in
        throw StorageError(.noSpace, .stop, cause: "The sink is full")
      }
      try await expectError(.noSpace, of: "a read into a full sink") {
        _ = try await storage.read(entry, from: 0, into: sink, TransferControl())
      }
      try expectEqual(try await storage.bytes(of: entry).count, 3_000_000, "bytes afterwards")
    },
  ]
}
