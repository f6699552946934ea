internal import PTP

// The device's own properties.
extension Responder {
  private func description(_ code: UInt32) -> DevicePropertyDescription? {
    let property = DevicePropertyCode(rawValue: UInt16(truncatingIfNeeded: code))
    guard profile.info.deviceProperties.contains(property) else { return nil }
    return switch property {
    case .batteryLevel:
      // uMTP's is 16 bits wide, against the standard.
      profile.name == "umtp"
        ? DevicePropertyDescription(property, .uint16, defaultValue: .uint16(0))
        : DevicePropertyDescription(
          property,
          .uint8,
          defaultValue: .uint8(0),
          currentValue: .uint8(80),
          form: .range(minimum: .uint8(0), maximum: .uint8(100), step: .uint8(1))
        )
    case .dateTime:
      DevicePropertyDescription(
        property,
        .string,
        isSettable: true,
        defaultValue: .string(""),
        currentValue: .string(PTPString(clock.now)),
        form: .dateTime
      )
    case .deviceFriendlyName:
      DevicePropertyDescription(
        property,
        .string,
        defaultValue: .string(""),
        currentValue: .string(PTPString(profile.info.model))
      )
    case .imageSize:
      DevicePropertyDescription(property, .string, defaultValue: .string("1080x2400"))
    case .perceivedDeviceType:
      // 3 is a phone.
      DevicePropertyDescription(property, .uint32, defaultValue: .uint32(3))
    default:
      DevicePropertyDescription(property, .string, defaultValue: .string(""))
    }
  }

  func devicePropertyDescription(_ command: Command) -> Reply {
    guard let bytes = try? description(command.parameter(0))?.encoded() else { return .code(.devicePropNotSupported) }
    return .data(bytes)
  }

  func devicePropertyValue(_ command: Command) -> Reply {
    var writer = ByteWriter()
    guard let description = description(command.parameter(0)),
      (try? (description.currentValue ?? description.defaultValue).encode(to: &writer, "CurrentValue")) != nil
    else { return .code(.devicePropNotSupported) }
    return .data(writer.bytes)
  }
}
