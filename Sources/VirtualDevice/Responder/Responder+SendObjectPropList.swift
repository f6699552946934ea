internal import PTP

// SendObjectPropList (MTP 1.1 appendix E.2.4), which takes the place of SendObjectInfo.
extension Responder {
  /// Announces an object by its properties. The format and the size, in 64 bits, are parameters.
  mutating func sendObjectPropList(_ command: Command, _ data: [UInt8]) -> Reply {
    let place: (folder: StoredObject?, storage: StorageID)
    switch destination(command.parameter(1), on: command.parameter(0)) {
    case .success(let found): place = found
    case .failure(let refusal): return .code(refusal.code)
    }
    guard let list = try? ObjectPropertyList(data) else { return .code(.invalidDataset) }
    var name = PTPString("")
    var modified: Int64?
    for (index, element) in list.elements.enumerated() {
      // The fourth parameter of a refusal tells which property it is about.
      func refusal(_ code: ResponseCode) -> Reply { .code(code, 0, 0, 0, UInt32(index)) }
      guard profile.objectProperties.contains(element.property) else { return refusal(.invalidObjectPropCode) }
      switch element.property {
      case .objectFileName:
        guard let text = element.value.string else { return refusal(.invalidObjectPropFormat) }
        name = text
      case .dateModified:
        guard let date = element.value.string.flatMap({ clock.time($0.lossy) }) else {
          return refusal(.invalidObjectPropValue)
        }
        modified = date
      default: break
      }
    }
    return announce(
      name,
      isFolder: ObjectFormat(rawValue: UInt16(truncatingIfNeeded: command.parameter(2))) == .association,
      size: UInt64(command.parameter(3)) << 32 | UInt64(command.parameter(4)),
      modified: modified,
      in: place
    )
  }
}
