import ArgumentParser
import Foundation
import Journal
import Storage
import SyncEngine

@testable import FileSyncCommands

/// `sync --move` from a plan on, as the command has it.
struct Moving {
  enum End {
    case done
    /// With all that it tells people.
    case someFailed(String)
    case failed(String)
  }

  let run: SyncRun
  let journal: Journal
  let host: any Storage
  /// A folder.
  let logs: String

  func move(
    _ plan: Plan,
    _ control: TransferControl,
    watch: @escaping @Sendable (SyncEngine.Event) -> Void
  ) async -> End {
    let told = Collected()
    let output = Output.collecting(into: told)
    let context = CommandContext.process(output: output, errors: output, interrupt: Interrupt { _ in })
    do {
      let options = try RunOptions.parse(["--yes"])
      let written = try RunLogs.open(in: logs, keep: 1, isVerbose: false, context)
      defer { _ = written.end() }
      let kind = RunKind.sync(offersRestoring: false)
      let human = HumanReport(
        results: output,
        errors: output,
        detail: .normal,
        kind: kind,
        uptime: context.uptime
      )
      let report = RunReport(human: human, json: nil, logs: written, host: "host")
      let flow = RunFlow(
        options: options,
        context: context,
        journal: journal,
        host: host,
        report: report,
        kind: kind
      )
      report.take(.planned(plan))
      let origin = RunFolders.Origin(storage: run.source, place: "source", name: "Tree")
      let status = try await Freeing(run: run, origin: origin, place: "destination", flow: flow)
        .move(plan, control, watch: watch)
      return status == .done ? .done : .someFailed(told.text)
    } catch {
      return .failed((error as? Failure)?.cause ?? "\(error)")
    }
  }
}
