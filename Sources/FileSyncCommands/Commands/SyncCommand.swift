internal import ArgumentParser
internal import SyncEngine

/// `filesync sync`
struct SyncCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Copies what is missing or changed, dates kept; deletes nothing without --mirror or --two-way.",
    discussion: """
      DESTINATION holds SOURCE's contents afterwards, with or without a slash at the end. What an interrupted run \
      left undone, the next one does.

      With --mirror it holds nothing else: what SOURCE does not have is deleted there, and SOURCE's version replaces any \
      other. What goes is kept in .filesync-vault in DESTINATION, or on this computer where a device cannot move files; \
      `filesync vault` lists it and brings it back. Nothing is deleted where a folder could not be listed whole.

      With --two-way both hold the same afterwards: what is new or changed on one side since the last run of the two gets \
      to the other, and what is gone from one side and unchanged on the other is deleted there. Of a file that changed on \
      both, both versions are kept, unless --conflict decides.

      Exit status: 0 all done; 1 some files failed; 2 not ready, try again; 3 stopped by a safety rule; 4 not \
      possible; 5 declined; 64 usage; 129, 130, 143 interrupted, the same command goes on.
      """
  )

  /// What to do with files that an earlier run copied and that are gone from the destination.
  enum RestoreMissing: String, ExpressibleByArgument, CaseIterable { case ask, always, never }

  @Argument(help: "A folder: a path, or mtp:DEVICE/STORAGE/PATH.", completion: .directory) var source: String
  @Argument(help: "A folder. It is made if only its last part is missing.", completion: .directory)
  var destination: String
  @OptionGroup var options: RunOptions
  @Flag(name: [.customShort("c"), .long], help: "Compare contents, whatever the dates say.") var checksum = false
  @Flag(help: "Read back what was written, and compare digests before it gets its name.") var verify = false
  @Flag(help: "Remove each file at the source once it is at the destination, read back and the same.")
  var move = false
  @Flag(help: "Tell what is safe to remove at the source; change nothing.") var proof = false
  @Flag(help: "Copy only what is missing by name.") var ignoreExisting = false
  @Flag(name: [.long, .customLong("delete")], help: "Delete what the source does not have, and let its version win.")
  var mirror = false
  @Flag(help: "Make both folders hold the same: changes and deletions travel either way.") var twoWay = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --mirror or --two-way, the most to delete on a side: a number of files, or 5%. (default: 10%, 10 at least)",
      valueName: "files"
    ),
    transform: { try DeletionLimit($0) }
  )
  var maxDelete: DeletionLimit?
  @Flag(help: "With --mirror or --two-way, accept a source without files, or without any that was copied earlier.")
  var allowEmpty = false
  @Flag(help: "With --mirror, delete also what --move removed at the source, the last copies.") var deleteFreed = false
  @Flag(help: "Keep nothing of what is replaced or deleted.") var noVault = false
  @Option(
    help: ArgumentHelp(
      "Where both sides have changed a file, or nobody knows which has: both, newer, larger, source, destination or ask.",
      valueName: "which"
    ),
    completion: .list(ConflictOption.allCases.map(\.rawValue)),
    transform: { try ConflictOption($0) }
  )
  var conflict: ConflictOption?
  @Flag(name: [.customShort("u"), .long], help: "Replace no file by an older one; of two, take the newer.")
  var update = false
  @OptionGroup var filters: FilterOptions
  @Option(help: "Files copied earlier that are gone from the destination: ask, always or never copy them again.")
  var restoreMissing = RestoreMissing.ask
  @Flag(help: "Accept that the destination is another one, or was emptied.") var newDestination = false

  var json: Bool { options.json }

  func validate() throws {
    if update, let conflict, conflict != .newer {
      throw ValidationError("--update takes the newer of two files: leave out --conflict \(conflict.rawValue).")
    }
    if ignoreExisting {
      let others = [(update, "--update"), (checksum, "--checksum"), (conflict != nil, "--conflict")]
      if let other = others.first(where: { $0.0 }) {
        throw ValidationError("--ignore-existing and \(other.1) exclude each other: the first looks at names alone.")
      }
    }
    if conflict == .ask, options.yes || options.json {
      throw ValidationError("--conflict ask and \(options.yes ? "--yes" : "--json") exclude each other.")
    }
    if proof { try validateProof() }
    if !mirror, deleteFreed {
      throw ValidationError("--delete-freed is about --mirror, which is not there.")
    }
    if !mirror, !twoWay, maxDelete != nil || allowEmpty {
      throw ValidationError(
        "\(allowEmpty ? "--allow-empty" : "--max-delete") is about --mirror or --two-way, which is not there."
      )
    }
    if twoWay { try checkTwoWay() }
    guard mirror else { return }
    if move { throw ValidationError("--mirror and --move exclude each other: a mirror has what the source has.") }
    let others = [
      (ignoreExisting, "--ignore-existing"), (filters.filesFrom != nil, "--files-from"),
      (restoreMissing == .never, "--restore-missing never"), (conflict != nil, "--conflict"), (update, "--update"),
    ]
    if let other = others.first(where: { $0.0 }) {
      throw ValidationError("--mirror and \(other.1) exclude each other.")
    }
  }

  private func checkTwoWay() throws {
    if update {
      throw ValidationError("--two-way and --update exclude each other: --conflict newer is what you may mean.")
    }
    let others = [
      (mirror, "--mirror"), (ignoreExisting, "--ignore-existing"), (filters.filesFrom != nil, "--files-from"),
      (move, "--move"), (proof, "--proof"), (restoreMissing != .ask, "--restore-missing \(restoreMissing.rawValue)"),
    ]
    if let other = others.first(where: { $0.0 }) {
      throw ValidationError("--two-way and \(other.1) exclude each other.")
    }
  }

  /// A proof changes nothing.
  private func validateProof() throws {
    let others = [
      (move, "--move"), (mirror, "--mirror"), (options.dryRun, "--dry-run"), (noVault, "--no-vault"),
      (ignoreExisting, "--ignore-existing"), (update, "--update"), (conflict != nil, "--conflict"),
      (newDestination, "--new-destination"), (restoreMissing != .ask, "--restore-missing"),
    ]
    if let other = others.first(where: { $0.0 }) {
      throw ValidationError("--proof changes nothing, so that \(other.1) has no place beside it.")
    }
  }

  /// The policy, with `ask` not yet answered.
  var policy: SyncPolicy {
    var policy = SyncPolicy()
    if mirror { policy = .mirror(Mirror(limit: maxDelete?.limit ?? .standard, allowsEmpty: allowEmpty)) }
    if twoWay { policy.twoWay = Mirror(limit: maxDelete?.limit ?? .standard, allowsEmpty: allowEmpty) }
    if let conflict { policy.conflict = conflict.policy }
    if update { (policy.conflict, policy.onlyUpdates) = (.newer, true) }
    policy.keepsOldVersions = !noVault
    policy.checksum = checksum
    policy.verifies = verify || move
    policy.frees = move
    policy.deletesFreed = deleteFreed
    policy.ignoreExisting = ignoreExisting
    policy.newDestination = newDestination
    if !mirror { policy.restoreMissing = restoreMissing == .always ? .always : .never }
    return policy
  }

  func run(_ context: CommandContext) async throws(Failure) -> CommandStatus {
    let filter = try filters.filter(context)
    let folders = try RunFolders(from: source, to: destination, mayBeMissing: !proof, context)
    if proof { return try await ProofFlow(command: self, filter: filter).run(folders, context) }
    try checkConflictsAnswerable(context)
    try options.checkAnswerable(context, inputIsList: filters.readsInput)
    return try await RunFlow.open(
      options,
      context,
      commandLine: ["sync", source, destination],
      kind: .sync(offersRestoring: restoreMissing == .ask && !twoWay)
    ) { flow throws(Failure) in
      try await Places.use(context, wait: options.waiting.seconds, say: flow.say) { places throws(Failure) in
        let ends = try await folders.open(places, flow)
        if twoWay {
          return try await TwoWayFlow(command: self, filter: filter, flow: flow, folders: folders, places: places)
            .sync(ends)
        }
        return try await SyncFlow(command: self, filter: filter, flow: flow, folders: folders, places: places).sync(
          ends
        )
      }
    }
  }
}
