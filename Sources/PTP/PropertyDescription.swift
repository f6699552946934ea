/// What a property may hold, and whether it can be set: the answer to GetObjectPropDesc (MTP 1.1 section 5.3.2.3) and
/// GetDevicePropDesc (section 5.1.2.1), which differ in a field.
public struct PropertyDescription<PropertyCode: Code>: Hashable, Sendable {
  /// Which values are allowed. Forms that restrict nothing we care about are read as ``other``.
  public enum Form: Hashable, Sendable {
    case none
    case range(minimum: PropertyValue, maximum: PropertyValue, step: PropertyValue)
    case enumeration([PropertyValue])
    /// A string in the form of ``PTPDate``.
    case dateTime
    /// A form by its number, its contents unread.
    case other(UInt8)
  }

  public var property: PropertyCode
  public var type: DataType
  public var isSettable: Bool
  public var defaultValue: PropertyValue
  /// Devices only: what the property holds now.
  public var currentValue: PropertyValue?
  /// Objects only: properties of one group cost the same to read.
  public var group: UInt32?
  public var form: Form

  public init(
    _ property: PropertyCode,
    _ type: DataType,
    isSettable: Bool = false,
    defaultValue: PropertyValue,
    currentValue: PropertyValue? = nil,
    group: UInt32? = nil,
    form: Form = .none
  ) {
    self.property = property
    self.type = type
    self.isSettable = isSettable
    self.defaultValue = defaultValue
    self.currentValue = currentValue
    self.group = group
    self.form = form
  }

  private init(_ bytes: [UInt8], hasCurrentValue: Bool, hasGroup: Bool) throws(PTPError) {
    var reader = ByteReader(bytes)
    property = try reader.code("PropertyCode")
    let type = try reader.code("DataType", as: DataType.self)
    self.type = type
    isSettable = try reader.integer("GetSet", as: UInt8.self) == 1
    defaultValue = try PropertyValue(type, from: &reader, "DefaultValue")
    currentValue = hasCurrentValue ? try PropertyValue(type, from: &reader, "CurrentValue") : nil
    group = hasGroup ? try reader.integer("GroupCode") : nil
    switch try reader.integer("FormFlag", as: UInt8.self) {
    case 0: form = .none
    case 1:
      form = .range(
        minimum: try PropertyValue(type, from: &reader, "MinimumValue"),
        maximum: try PropertyValue(type, from: &reader, "MaximumValue"),
        step: try PropertyValue(type, from: &reader, "StepSize")
      )
    case 2:
      var values: [PropertyValue] = []
      for _ in 0..<(try reader.integer("NumberOfValues", as: UInt16.self)) {
        values.append(try PropertyValue(type, from: &reader, "SupportedValue"))
      }
      form = .enumeration(values)
    case 3: form = .dateTime
    case let number: form = .other(number)
    }
  }

  private func encodedFields() throws(PTPError) -> [UInt8] {
    var writer = ByteWriter()
    writer.code(property)
    writer.code(type)
    writer.integer(UInt8(isSettable ? 1 : 0))
    try defaultValue.encode(to: &writer, "DefaultValue")
    try currentValue?.encode(to: &writer, "CurrentValue")
    if let group { writer.integer(group) }
    switch form {
    case .none: writer.integer(UInt8(0))
    case .range(let minimum, let maximum, let step):
      writer.integer(UInt8(1))
      for value in [minimum, maximum, step] { try value.encode(to: &writer, "Range") }
    case .enumeration(let values):
      writer.integer(UInt8(2))
      writer.integer(UInt16(clamping: values.count))
      for value in values.prefix(Int(UInt16.max)) { try value.encode(to: &writer, "SupportedValue") }
    case .dateTime: writer.integer(UInt8(3))
    case .other(let number): writer.integer(number)
    }
    return writer.bytes
  }
}

extension PropertyDescription where PropertyCode == ObjectPropertyCode {
  /// Reads ObjectPropDesc. Throws `truncated` or `unknownDataType`.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    try self.init(bytes, hasCurrentValue: false, hasGroup: true)
  }

  /// The dataset. Throws `stringTooLong`.
  public func encoded() throws(PTPError) -> [UInt8] {
    var description = self
    description.currentValue = nil
    description.group = group ?? 0
    return try description.encodedFields()
  }
}

extension PropertyDescription where PropertyCode == DevicePropertyCode {
  /// Reads DevicePropDesc. Throws `truncated` or `unknownDataType`.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    try self.init(bytes, hasCurrentValue: true, hasGroup: false)
  }

  /// The dataset. Throws `stringTooLong`.
  public func encoded() throws(PTPError) -> [UInt8] {
    var description = self
    description.currentValue = currentValue ?? defaultValue
    description.group = nil
    return try description.encodedFields()
  }
}

public typealias ObjectPropertyDescription = PropertyDescription<ObjectPropertyCode>
public typealias DevicePropertyDescription = PropertyDescription<DevicePropertyCode>
