internal import ArgumentParser

extension ParsableCommand {
  /// The subcommand that somebody may have meant who typed `word`; `nil` if none is near.
  static func nearest(to word: String) -> String? {
    let names = configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
    let typed = word.lowercased()
    if let other = otherNames[typed], names.contains(other) { return other }
    return names.map { (name: $0, distance: distance(typed, $0)) }
      .filter { $0.distance <= ($0.name.count > 3 ? 2 : 1) }
      .min { $0.distance < $1.distance }?.name
  }
}

/// What commands are called in other programs.
private let otherNames = [
  "cp": "copy", "move": "mv", "rename": "mv", "delete": "rm", "del": "rm", "remove": "rm", "rmdir": "rm", "list": "ls",
  "dir": "ls", "md": "mkdir", "type": "cat", "rsync": "sync", "logs": "log",
]

/// How many letters have to be added, taken away or changed to make one word of the other; two neighbours that changed
/// places count as one.
private func distance(_ one: String, _ other: String) -> Int {
  let (one, other) = (Array(one), Array(other))
  var rows = [Array(0...other.count)]
  for row in 1...max(one.count, 1) where row <= one.count {
    var next = [row]
    for column in 1...max(other.count, 1) where column <= other.count {
      let change = one[row - 1] == other[column - 1] ? 0 : 1
      var least = min(rows[row - 1][column] + 1, next[column - 1] + 1, rows[row - 1][column - 1] + change)
      if row > 1, column > 1, one[row - 1] == other[column - 2], one[row - 2] == other[column - 1] {
        least = min(least, rows[row - 2][column - 2] + 1)
      }
      next.append(least)
    }
    rows.append(next)
  }
  return rows[one.count][other.count]
}
