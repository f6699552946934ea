public import Storage

extension ContractCheck {
  /// The rules for writing, which every storage with ``Capabilities/write`` keeps.
  public static let writing = files + nothingLost + nothingLeft + names

  private static let files = [
    ContractCheck("a file appears with its bytes and dates at the commit, not before") { storage, backing in
      guard storage.traits.capabilities.contains(.staging) else { return }
      let order = order("new.jpg", size: 100_000)
      let written = try await storage.write(BytesSource(someBytes(100_000)), order, TransferControl())
      try expectEqual(written.temporary.path, .of(".filesync-0badcafe-1.part"), "path of the temporary")
      try expectEqual(try backing.contents(of: .of("new.jpg")), nil, "contents before the commit")
      let entry = try await storage.finish(written)
      try expectEqual(entry.path, order.path, "path")
      try expectEqual(entry.size, 100_000, "size")
      try expect(try backing.contents(of: .of("new.jpg")) == someBytes(100_000), "other bytes arrived")
      try expectEqual(try backing.names(in: .root), [Array("new.jpg".utf8)], "names afterwards")
      if let precision = storage.traits.times.modified.settablePrecision {
        let found = entry.times.modified
        try expect(found?.matches(.someday, precision: precision) == true, "modified: \(String(describing: found))")
      }
      try expectEqual(try await storage.find(order.path).token, entry.token, "token")
    },
    ContractCheck("any size can be written") { storage, backing in
      for size in [0, 1, 4_095, 65_536, 1_048_575, 1_048_576, 1_048_577, 3_000_000] {
        let path = RelativePath.of("\(size)")
        _ = try await storage.put(someBytes(size), at: path)
        try expect(try backing.contents(of: path) == someBytes(size), "\(size) bytes did not arrive")
      }
    },
    ContractCheck("zeros are bytes like others") { storage, backing in
      let zeros = [UInt8](repeating: 0, count: 200_000)
      for (name, bytes) in [("end", [1] + zeros), ("start", zeros + [1]), ("all", zeros), ("mid", [1] + zeros + [2])] {
        _ = try await storage.put(bytes, at: .of(name))
        try expect(try backing.contents(of: .of(name)) == bytes, "other bytes arrived in \(name)")
      }
    },
    ContractCheck("bytes may come in small pieces") { storage, backing in
      let source = BytesSource(someBytes(10_000), piece: 7)
      let written = try await storage.write(source, order("file", size: 10_000), TransferControl())
      _ = try await storage.finish(written)
      try expect(try backing.contents(of: .of("file")) == someBytes(10_000), "other bytes arrived")
    },
    ContractCheck("a batch is committed in order, and one failure harms no other") { storage, backing in
      var batch: [Verified] = []
      for number in 0..<40 {
        let order = order("\(number)", size: 3, number: UInt64(number))
        let source = BytesSource([1, 2, UInt8(number)])
        batch.append(try await storage.look(at: try await storage.write(source, order, TransferControl())))
      }
      // Where names appear only with the commit, one may be taken by then.
      let isTaken = storage.traits.capabilities.contains(.staging)
      if isTaken { try backing.put(.file("7", [9])) }
      let results = try await storage.commit(batch)
      try expectEqual(results.count, 40, "results")
      for (number, result) in results.enumerated() where !(isTaken && number == 7) {
        try expectEqual(try result.get().path, .of("\(number)"), "path")
        try expectEqual(try backing.contents(of: .of("\(number)")), [1, 2, UInt8(number)], "contents")
      }
      guard isTaken else { return }
      try await expectError(.alreadyExists, of: "a name that was taken") { _ = try results[7].get() }
      try expectEqual(try backing.contents(of: .of("7")), [9], "contents of the file in the way")
      try await storage.discard(batch[7].written)
    },
    ContractCheck("a file streams from a storage to another", [.file("file", someBytes(5_000_000))]) { storage, _ in
      let other = InMemoryStorage()
      let file = try await storage.find(.of("file"))
      let order = order("copy", size: 5_000_000)
      let control = TransferControl()
      let written = try await copy(file, from: storage, to: other, order: order, control: control)
      let there = try await other.finish(written)
      try expect(other.contents(of: .of("copy")) == someBytes(5_000_000), "other bytes arrived there")
      try expectEqual(control.bytes, 5_000_000, "bytes counted")
      _ = try await storage.finish(try await copy(there, from: other, to: storage, order: order, control: control))
      let back = try await storage.find(.of("copy"))
      try expect(try await storage.bytes(of: back) == someBytes(5_000_000), "other bytes came back")
    },
  ]

  private static let nothingLost = [
    ContractCheck("an existing file is not overwritten", [.file("file", [1])]) { storage, backing in
      try await expectError(.alreadyExists, of: "writing over a file") {
        _ = try await storage.put([2], at: .of("file"))
      }
      try expectEqual(try backing.contents(of: .of("file")), [1], "contents")
    },
    ContractCheck("a name taken during the write stays taken, and both files stay") { storage, backing in
      guard storage.traits.capabilities.contains(.staging) else { return }
      let written = try await storage.write(BytesSource([2]), order("file", size: 1), TransferControl())
      let verified = try await storage.look(at: written)
      try backing.put(.file("file", [1]))
      try await expectError(.alreadyExists, of: "a commit over a file") {
        for result in try await storage.commit([verified]) { _ = try result.get() }
      }
      try expectEqual(try backing.contents(of: .of("file")), [1], "contents of the file in the way")
      try expectEqual(try backing.contents(of: written.temporary.path), [2], "contents of the temporary")
    },
    ContractCheck("a replaced file stays until the commit, and then where it is kept", [.file("file", [1, 1])]) {
      storage,
      backing in
      let canKeep = storage.traits.capabilities.contains(.move)
      var order = order("file", size: 3)
      order.replacing = try await storage.find(.of("file"))
      if canKeep { order.keepOldAs = .of("vault/run/file") }
      let written = try await storage.write(BytesSource([2, 2, 2]), order, TransferControl())
      if !storage.traits.capabilities.isDisjoint(with: [.staging, .rename]) {
        try expectEqual(try backing.contents(of: .of("file")), [1, 1], "contents before the commit")
      }
      let entry = try await storage.finish(written)
      try expectEqual(entry.size, 3, "size")
      try expectEqual(try backing.contents(of: .of("file")), [2, 2, 2], "contents after the commit")
      let kept: [UInt8]? = canKeep ? [1, 1] : nil
      try expectEqual(try backing.contents(of: .of("vault/run/file")), kept, "contents of what was kept")
      let names = canKeep ? ["file", "vault"] : ["file"]
      try expectEqual(try backing.names(in: .root), Set(names.map { Array($0.utf8) }), "names afterwards")
    },
    ContractCheck("what changed since it was listed is not replaced", [.file("file", [1])]) { storage, backing in
      // Without both, the old one is gone before the first byte of the new.
      guard !storage.traits.capabilities.isDisjoint(with: [.staging, .rename]) else { return }
      var order = order("file", size: 1)
      order.replacing = try await storage.find(.of("file"))
      let verified = try await storage.look(
        at: try await storage.write(BytesSource([2]), order, TransferControl())
      )
      try backing.put(.file("file", [3, 3]))
      try await expectError(.changed, of: "replacing what changed") {
        for result in try await storage.commit([verified]) { _ = try result.get() }
      }
      try expectEqual(try backing.contents(of: .of("file")), [3, 3], "contents")
    },
    ContractCheck("what changed since it was listed is not removed", [.file("file", [1])]) { storage, backing in
      let entry = try await storage.find(.of("file"))
      try backing.put(.file("file", [3, 3]))
      try await expectError(.changed, of: "removing what changed") { try await storage.remove(entry) }
      try expectEqual(try backing.contents(of: .of("file")), [3, 3], "contents")
    },
  ]

  private static let nothingLeft = [
    ContractCheck("a discarded file leaves nothing") { storage, backing in
      let written = try await storage.write(BytesSource([1]), order("file", size: 1), TransferControl())
      try await storage.discard(written)
      try expectEqual(try backing.names(in: .root), [], "names afterwards")
      try await storage.discard(written)
    },
    ContractCheck("too many or too few bytes leave nothing") { storage, backing in
      for size in [0, 1, 2_999_999, 3_000_001] {
        let source = BytesSource(someBytes(3_000_000))
        try await expectError(.wrongLength, of: "3,000,000 bytes for \(size)") {
          _ = try await storage.write(source, order("file", size: UInt64(size)), TransferControl())
        }
        try expectEqual(try backing.names(in: .root), [], "names afterwards")
      }
    },
    ContractCheck("a cancel during a write leaves nothing") { storage, backing in
      let control = TransferControl()
      let source = BytesSource(someBytes(5_000_000), limit: 2_000_000) { () throws(StorageError) in control.cancel() }
      try await expectError(.cancelled, of: "a write that was cancelled") {
        _ = try await storage.write(source, order("file", size: 5_000_000), control)
      }
      try expectEqual(try backing.names(in: .root), [], "names afterwards")
    },
    ContractCheck("the error of a source is the error of the write, and leaves nothing") { storage, backing in
      let source = BytesSource(someBytes(5_000_000), limit: 2_000_000) { () throws(StorageError) in
        throw StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
      }
      try await expectError(.deviceLost, of: "a write whose source fails") {
        _ = try await storage.write(source, order("file", size: 5_000_000), TransferControl())
      }
      try expectEqual(try backing.names(in: .root), [], "names afterwards")
      _ = try await storage.put([1], at: .of("file"))
    },
    ContractCheck("a write that was cut off is gone on with where it was") { storage, backing in
      // Devices keep parts of large files only, and under their own names.
      guard storage.traits.capabilities.isSuperset(of: [.resume, .staging]) else { return }
      // A hole at the end of what came counts, too.
      let bytes = someBytes(1_000_000) + [UInt8](repeating: 0, count: 1_000_000) + someBytes(1_000_000, seed: 2)
      var order = order("file", size: 3_000_000)
      order.keepsPart = true
      for limit in [1_000_000, 400_000] {
        let rest = Array(bytes.dropFirst(Int(order.resumesAt)))
        let source = BytesSource(rest, limit: limit) { () throws(StorageError) in
          throw StorageError(.deviceLost, .reopen, cause: "The cable was pulled")
        }
        try await expectError(.deviceLost, of: "a write whose source fails") {
          _ = try await storage.write(source, order, TransferControl())
        }
        let names = try backing.names(in: .root)
        try expectEqual(names, [order.temporaryName], "names of what is kept")
        let size = try await storage.listAll()[0].size ?? 0
        try expect((order.resumesAt + UInt64(limit)..<order.size).contains(size), "\(size) bytes are kept")
        order.resumesAt = size
      }
      let rest = Array(bytes.dropFirst(Int(order.resumesAt)))
      _ = try await storage.finish(try await storage.write(BytesSource(rest), order, TransferControl()))
      try expect(try backing.contents(of: .of("file")) == bytes, "other bytes are there")
      try expectEqual(try backing.names(in: .root), [Array("file".utf8)], "names afterwards")
    },
    ContractCheck("of a file that is there whole nothing more is taken") { storage, backing in
      guard storage.traits.capabilities.contains(.resume) else { return }
      let bytes = someBytes(1000)
      for (name, more) in [("file", [UInt8]()), ("long", [1])] {
        var order = order(name, size: 1000)
        order.keepsPart = true
        _ = try await storage.write(BytesSource(bytes), order, TransferControl())
        order.resumesAt = 1000
        guard more.isEmpty else {
          try await expectError(.wrongLength, of: "a source that has more") { [order] in
            _ = try await storage.write(BytesSource(more), order, TransferControl())
          }
          continue
        }
        _ = try await storage.finish(try await storage.write(BytesSource(more), order, TransferControl()))
        try expect(try backing.contents(of: .of(name)) == bytes, "other bytes are there")
      }
    },
    ContractCheck("a file needs a folder and a possible name") { storage, backing in
      try await expectError(.notFound, of: "writing into a missing folder") {
        _ = try await storage.put([1], at: .of("missing/file"))
      }
      let long = String(repeating: "x", count: 300)
      try await expectError(.nameNotAllowed, of: "a name of 300 bytes") {
        _ = try await storage.put([1], at: .of(long))
      }
      try expectEqual(try backing.names(in: .root), [], "names afterwards")
    },
  ]

  private static let names = [
    ContractCheck("folders are made, and one that exists is left as it is", [.file("file", [])]) { storage, backing in
      let made = try await storage.createDirectory(.of("folder"))
      try expect(made.isDirectory && made.path == .of("folder"), "\(made)")
      try backing.put(.file("folder/inside", [1]))
      try expectEqual(try await storage.createDirectory(.of("folder")).path, made.path, "path")
      try expectEqual(try backing.contents(of: .of("folder/inside")), [1], "contents")
      try await expectError(.alreadyExists, of: "a folder over a file") {
        _ = try await storage.createDirectory(.of("file"))
      }
      try await expectError(.notFound, of: "a folder in a missing one") {
        _ = try await storage.createDirectory(.of("missing/folder"))
      }
    },
    ContractCheck(
      "files and empty folders are removed",
      [.file("file", [1]), .directory("empty"), .directory("full"), .file("full/file", [2])]
    ) { storage, backing in
      for entry in try await storage.listAll() where entry.path != .of("full") {
        try await storage.remove(entry)
        try await expectError(.notFound, of: "removing what is gone") { try await storage.remove(entry) }
      }
      let full = try await storage.find(.of("full"))
      try await expectError(.directoryNotEmpty, of: "removing a full folder") { try await storage.remove(full) }
      try expectEqual(try backing.names(in: .root), [Array("full".utf8)], "names afterwards")
      try expectEqual(try backing.contents(of: .of("full/file")), [2], "contents")
    },
    ContractCheck(
      "a move replaces nothing",
      [.file("file", [1]), .file("other", [2]), .directory("folder"), .file("folder/in", [3]), .directory("empty")]
    ) { storage, backing in
      guard storage.traits.capabilities.contains(.move) else { return }
      let file = try await storage.find(.of("file"))
      try await expectError(.alreadyExists, of: "a move over a file") {
        _ = try await storage.move(file, to: .of("other"))
      }
      try expectEqual(try backing.contents(of: .of("other")), [2], "contents")
      let moved = try await storage.move(file, to: .of("folder/file"))
      try expectEqual(moved.times.modified, file.times.modified, "date after the move")
      try expectEqual(try backing.contents(of: .of("folder/file")), [1], "contents")
      let folder = try await storage.find(.of("folder"))
      try await expectError(.alreadyExists, of: "a move over a folder") {
        _ = try await storage.move(folder, to: .of("empty"))
      }
      _ = try await storage.move(folder, to: .of("renamed"))
      try expectEqual(try backing.contents(of: .of("renamed/in")), [3], "contents")
      try expectEqual(try backing.contents(of: .of("file")), nil, "contents of the old name")
    },
    ContractCheck("dates can be set", [.file("file", [1]), .directory("folder")]) { storage, _ in
      guard storage.traits.capabilities.contains(.setTimes) else { return }
      let date = Timestamp(seconds: 1_300_000_000, nanoseconds: 5)
      for entry in try await storage.listAll() {
        let found = try await storage.setTimes(FileTimes(modified: date), of: entry)
        let again = try await storage.find(entry.path)
        try expectEqual(again.times.modified, found.times.modified, "date read back")
        let precision = storage.traits.times.modified.settablePrecision ?? 0
        try expect(again.times.modified?.matches(date, precision: precision) == true, "modified: \(again.times)")
      }
    },
    ContractCheck("symbolic links are kept as links") { storage, _ in
      guard storage.traits.capabilities.contains(.symbolicLinks) else { return }
      let target = Array("../elsewhere/\u{e4}".utf8)
      _ = try await storage.createSymbolicLink(.of("link"), target: target)
      let link = try await storage.find(.of("link"))
      try expectEqual(link.kind, .symbolicLink(target: target), "kind")
      try await expectError(.alreadyExists, of: "a link over a link") {
        _ = try await storage.createSymbolicLink(.of("link"), target: [1])
      }
      try await expectError(.notAFile, of: "reading a link") { _ = try await storage.bytes(of: link) }
      try await storage.remove(link)
    },
  ]
}

/// An order for a file of `size` bytes, dated some day.
public func order(_ path: String, size: UInt64, number: UInt64 = 1) -> WriteOrder {
  WriteOrder(
    path: .of(path),
    size: size,
    times: FileTimes(modified: .someday),
    temporaryName: TemporaryName.make(journal: "0badcafe", number: number)
  )
}

extension Storage {
  /// Verifies one temporary.
  func look(at written: Written) async throws -> Verified {
    let results = try await verify([written])
    try expectEqual(results.count, 1, "results of one")
    let verified = try results[0].get()
    try expectEqual(verified.written.order.path, written.order.path, "path of what was verified")
    return verified
  }

  /// Verifies and commits one temporary.
  public func finish(_ written: Written) async throws -> Entry {
    let results = try await commit([try await look(at: written)])
    try expectEqual(results.count, 1, "results of one")
    return try results[0].get()
  }

  /// Writes a file in all steps.
  public func put(_ bytes: [UInt8], at path: RelativePath) async throws -> Entry {
    let order = order(path.text, size: UInt64(bytes.count))
    return try await finish(try await write(BytesSource(bytes), order, TransferControl()))
  }
}

extension TimeSupport.Support {
  /// In nanoseconds; `nil` where the date cannot be set.
  var settablePrecision: UInt64? {
    guard case .readWrite(let precision) = self else { return nil }
    return precision
  }
}
