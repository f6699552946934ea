/// What GetObjectPropList answers: properties of many objects in one dataset (MTP 1.1 appendix E.2.1).
public struct ObjectPropertyList: Hashable, Sendable {
  /// One property of one object. A property that an object does not have may come with the value `undefined`.
  public struct Element: Hashable, Sendable {
    public var object: ObjectHandle
    public var property: ObjectPropertyCode
    public var value: PropertyValue

    public init(_ object: ObjectHandle, _ property: ObjectPropertyCode, _ value: PropertyValue) {
      self.object = object
      self.property = property
      self.value = value
    }
  }

  public var elements: [Element]

  public init(_ elements: [Element] = []) { self.elements = elements }

  /// Handle, property code, data type.
  private static let smallestElement = 8

  /// Reads the dataset. Throws `truncated`, `unknownDataType` or `trailingBytes`.
  public init(_ bytes: [UInt8]) throws(PTPError) {
    var reader = ByteReader(bytes)
    let count = try reader.count(of: Self.smallestElement, "NumberOfElements")
    elements = []
    elements.reserveCapacity(count)
    for _ in 0..<count {
      let object = ObjectHandle(rawValue: try reader.integer("ObjectHandle"))
      let property = try reader.code("PropertyCode", as: ObjectPropertyCode.self)
      let type = try reader.code("DataType", as: DataType.self)
      elements.append(Element(object, property, try PropertyValue(type, from: &reader, "Value")))
    }
    try reader.end(of: "ObjectPropList")
  }

  /// The dataset. Throws `stringTooLong`.
  public func encoded() throws(PTPError) -> [UInt8] {
    var writer = ByteWriter()
    writer.integer(UInt32(elements.count))
    for element in elements {
      writer.integer(element.object.rawValue)
      writer.code(element.property)
      writer.code(element.value.type)
      try element.value.encode(to: &writer, "Value")
    }
    return writer.bytes
  }
}
