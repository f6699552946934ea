internal import Foundation
internal import GRDB
package import Storage

extension Journal {
  /// Puts on record what was read back of files, in one transaction: of those of which all else on record still is as it is in
  /// `records`, since a run may have written others meanwhile.
  package func verify(
    _ records: [Record],
    from source: StorageIdentity,
    to destination: StorageIdentity
  ) throws(JournalError) {
    guard !records.isEmpty else { return }
    try write { database in
      guard let (root, other) = try Recognition(database: database).findEnds(source, destination) else { return }
      let sourceIsA = root < other
      for record in records {
        guard let verification = record.verification else { continue }
        let sides = [(record.path, record.source), (record.destinationPath, record.destination)]
        var values: [(any DatabaseValueConvertible)?] = [
          Data(verification.digest.bytes), verification.at, min(root, other), max(root, other),
        ]
        for (path, fingerprint) in sourceIsA ? sides : sides.reversed() {
          values += [
            Data(path.bytes), fingerprint.size.map { Int64(bitPattern: $0) },
            fingerprint.token.map { Data($0.bytes) }, fingerprint.token?.version,
          ]
        }
        try database.cachedStatement(
          sql: """
            UPDATE baseline SET digest = ?, verified = ? WHERE pair = (SELECT id FROM pair WHERE a = ? AND b = ?)
              AND a_path = ? AND a_size IS ? AND a_token IS ? AND a_token_version IS ?
              AND b_path = ? AND b_size IS ? AND b_token IS ? AND b_token_version IS ? AND NOT racy
            """
        ).execute(arguments: StatementArguments(values))
      }
    }
  }
}
