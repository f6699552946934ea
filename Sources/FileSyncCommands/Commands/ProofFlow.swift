internal import Storage
internal import SyncEngine

/// `sync --proof`: what of the source is at the destination, verified, and so could be removed.
struct ProofFlow: Sendable {
  let command: SyncCommand
  let filter: Filter

  func run(_ folders: RunFolders, _ context: CommandContext) async throws(Failure) -> CommandStatus {
    let commandLine = ["sync", "--proof", command.source, command.destination]
    return try await folders.run(command.options, context, commandLine: commandLine, kind: .proof) {
      (origin, target, flow, control) throws(Failure) in
      var policy = SyncPolicy()
      policy.proves = true
      let run = flow.syncRun(from: origin.storage, to: target.storage, policy, filter)
      let plan = try await flow.plan(run, control)
      let reading: SyncRun.ProofReading = command.checksum ? .both : command.verify ? .copies : .nothing
      let proof: Proof
      do throws(StorageError) {
        proof = try await run.prove(plan, reading: reading, control: control, report: flow.report.take)
      } catch {
        try context.checkInterrupt()
        throw Failure(error)
      }
      // What takes no changes now is none of the proof's business.
      try? await run.forgetDiffering(proof)
      try? await run.recordReadBack(proof)
      for file in proof.files { flow.report.write(JSONLine(file)) }
      flow.report.write(JSONLine(proof))
      let names = command.options.verbose ? Int.max : nil
      flow.report.human.say(ProofSummary.lines(proof, at: target.place, DateText(context.timeZone), names: names))
      return proof.isWhole ? .done : .someFailed
    }
  }
}
