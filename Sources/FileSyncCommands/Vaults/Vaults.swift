internal import Foundation
internal import Journal
internal import Storage
internal import SyncEngine

/// Finds what runs have put into vaults: in the folders that they wrote to, or, for devices that cannot move files, on
/// this computer.
struct Vaults: Sendable {
  let context: CommandContext
  let places: Places
  let journal: Journal

  /// All that is in the vault of one folder; without one, of this computer and of all its folders that runs wrote to,
  /// and what is on this computer of runs that are not on record, as after the journal was lost.
  func runs(at location: String?) async throws(Failure) -> [VaultRun] {
    let records = try await records()
    guard let location else {
      var found = try await hostRuns(records) { _ in true }
      let folders = Set(records.values.filter { $0.destination.device == nil }.map(\.destination.typed))
      for folder in folders.sorted() where isVault(in: folder) {
        found += try await runs(of: try await places.find(.local(folder), typed: folder), records)
      }
      return found.sorted { ($0.began, $0.number) < ($1.began, $1.number) }
    }
    let place = try await places.find(try Location(location), typed: location, following: true)
    _ = try await place.entry()
    var found = try await runs(of: place, records)
    let identity = try await place.folder().traits.identity
    if identity.device != nil, let root = try await root(of: identity) {
      found += try await hostRuns(records) { $0?.destination.root == root }
    }
    return found.sorted { ($0.began, $0.number) < ($1.began, $1.number) }
  }

  /// What is in vaults on devices that are plugged in, in the folders that runs wrote to; and those of these folders,
  /// as locations, whose devices are not. What could not be looked at is told.
  func runsOnDevices(_ tally: Tally) async throws(Failure) -> (runs: [VaultRun], absent: [String]) {
    let records = try await records()
    let folders = Set(records.values.filter(\.mayHaveFilledVault).map(\.destination.typed))
    guard !folders.isEmpty else { return ([], []) }
    // Where USB is out of reach, none is plugged in.
    let connected = (try? context.connectedDevices()) ?? []
    var found: [VaultRun] = []
    var absent: [String] = []
    for folder in folders.sorted() {
      let location = try Location(folder)
      guard case .device(let device, _) = location, connected.contains(where: device.device.fits) else {
        absent.append(folder)
        continue
      }
      do throws(Failure) {
        let place = try await places.find(location, typed: folder, following: true)
        guard try await place.look()?.isDirectory == true else { continue }
        found += try await runs(of: place, records)
      } catch {
        try context.checkInterrupt()
        tally.failed(error)
      }
    }
    return (found, absent)
  }

  /// What one run has put there, by its number in this journal, or by the name of its folder. Of a folder that is named,
  /// another journal's number will do, if only one run there has it. It is in two vaults where it wrote to several file
  /// systems, or where not all could be kept at the destination.
  func parts(of word: String, at location: String?) async throws(Failure) -> [VaultRun] {
    let all = try await location == nil ? everywhere(of: word) : runs(at: location)
    let own = all.filter { $0.isOwn && String($0.number) == word }
    if !own.isEmpty { return own }
    let named = all.filter { $0.name == word }
    let numbered = all.filter { String($0.number) == word }
    if named.count == 1 || named.first?.origin != nil && Set(named.map(\.folder)).count == 1 { return named }
    if named.isEmpty, location != nil, numbered.count == 1 { return numbered }
    guard let other = (named + numbered).first else {
      throw Failure(
        .notPossible,
        "No vault has anything of run \u{201C}\(shown(word))\u{201D}",
        cure: "`filesync vault list` shows what there is; name the folder with --from if it has been moved."
      )
    }
    throw Failure(
      .notPossible,
      "\u{201C}\(shown(word))\u{201D} is no run of this journal, and may be one of several of other journals",
      cure: "Name it as `vault list` does: filesync vault restore \(other.name) "
        + (other.origin.map { "--from \(shellWord($0))" } ?? "--to FOLDER")
    )
  }

  /// The same, without opening a device; `nil` where it may be on one.
  func partsHere(of word: String, at location: String?) async throws(Failure) -> [VaultRun]? {
    if let location {
      guard try Location(location).isLocal else { return nil }
    } else if try await record(word)?.destination.device != nil {
      return nil
    }
    return try await parts(of: word, at: location)
  }

  /// The number of a folder in the journal, by what tells devices and their storages apart; `nil` if no run had it.
  func root(of folder: StorageIdentity) async throws(Failure) -> Int64? {
    do throws(JournalError) { return try await journal.root(of: folder) } catch { throw Failure(error) }
  }

  /// As ``runs(at:)``, and with those on the device that a run wrote to.
  private func everywhere(of number: String) async throws(Failure) -> [VaultRun] {
    let found = try await runs(at: nil)
    guard !found.contains(where: { $0.isOwn && String($0.number) == number }) else { return found }
    guard let record = try await record(number), record.destination.device != nil else { return found }
    return try await runs(at: record.destination.typed)
  }

  private func record(_ number: String) async throws(Failure) -> RunRecord? {
    do throws(JournalError) { return try await journal.run(number) } catch { throw Failure(error) }
  }

  private func records() async throws(Failure) -> [Int64: RunRecord] {
    do throws(JournalError) {
      return Dictionary(try await journal.runs(last: .max).map { ($0.id, $0) }) { first, _ in first }
    } catch { throw Failure(error) }
  }

  private func hostRuns(
    _ records: [Int64: RunRecord],
    _ isMeant: (RunRecord?) -> Bool
  ) async throws(Failure) -> [VaultRun] {
    let path = context.dataDirectory + "/vault"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let host = try await places.find(.local(path), typed: path)
    return try await runs(in: host) { began, number in
      let record = records[number].flatMap { Self.isOf($0, began) ? $0 : nil }
      guard isMeant(record) else { return nil }
      return (record?.destination.typed, record?.destination.root, record != nil)
    }
  }

  /// Whether a vault's folder of this time is a run's on record. The numbers of a journal that was lost begin anew, and
  /// another computer has its own.
  private static func isOf(_ record: RunRecord, _ began: Date) -> Bool {
    abs(began.timeIntervalSince1970 - Double(record.started)) <= 60
  }

  private func isVault(in folder: String) -> Bool {
    (try? realPath("\(folder)/\(String(decoding: Vault.name, as: UTF8.self))").get()) != nil
  }

  private func runs(of folder: Place, _ records: [Int64: RunRecord]) async throws(Failure) -> [VaultRun] {
    let vault = folder.inside(Vault.name)
    guard try await vault.look()?.isDirectory == true else { return [] }
    let identity = try await folder.folder().traits.identity
    let root = try await root(of: identity)
    return try await runs(in: vault) { began, number in
      let isOwn = records[number].map { Self.isOf($0, began) && $0.destination.isFolder(identity, root) } ?? false
      return (folder.typed, root, isOwn)
    }
  }

  private func runs(
    in vault: Place,
    _ origin: (Date, Int64) -> (folder: String?, root: Int64?, isOwn: Bool)?
  ) async throws(Failure) -> [VaultRun] {
    let listing: Listing
    do throws(StorageError) {
      listing = try await Listing(of: vault.path, in: vault.volume.storage)
    } catch { throw vault.failure(error) }
    var runs: [VaultRun] = []
    for entry in listing.entries where entry.isDirectory {
      guard let (began, number) = VaultRun.parse(entry.path.name), let origin = origin(began, number) else { continue }
      let place = vault.inside(Array(entry.path.name))
      let tree = try await RemovableTree(of: entry, at: place, context)
      runs.append(
        VaultRun(
          place: place,
          number: number,
          isOwn: origin.isOwn,
          began: began,
          origin: origin.folder,
          root: origin.root,
          tree: tree
        )
      )
    }
    return runs
  }
}

extension Place {
  /// What is called so in this folder.
  func inside(_ name: [UInt8]) -> Place {
    let text = String(decoding: name, as: UTF8.self)
    return Place(
      typed: typed.hasSuffix("/") ? typed + text : "\(typed)/\(text)",
      volume: volume,
      path: path.appending(name) ?? path,
      endsInSlash: false,
      isDotted: false
    )
  }
}

extension RunRecord {
  /// Whether it may have put something into a vault on a device.
  fileprivate var mayHaveFilledVault: Bool {
    guard destination.device != nil else { return false }
    guard ending == "done", let numbers else { return true }
    return numbers.filesReplaced + numbers.filesDeleted + numbers.foldersDeleted > 0
  }
}

extension RunRecord.End {
  /// Whether this is that folder, where it was then. A folder on disk has its vault with it, and the number of its disk
  /// may be another one by now; so it goes by its path.
  fileprivate func isFolder(_ folder: StorageIdentity, _ number: Int64?) -> Bool {
    guard device == nil, folder.device == nil else { return root == number }
    // A run within one folder has it once under a name that the journal makes of it.
    return path == folder.root || path == folder.root + Array("/.".utf8)
  }
}
