public import PTP

/// Something that goes wrong on purpose, once or every time.
public struct Fault: Hashable, Sendable {
  /// When.
  public enum Trigger: Hashable, Sendable {
    /// At the Nth command since the device was first plugged in, from 1.
    case transaction(Int)
    /// At the Nth command of a kind, from 1; at every one if `occurrence` is `nil`.
    case operation(OperationCode, occurrence: Int?)
    /// As soon as that many bytes of data have gone to the host or come from it, in all transactions together.
    case bytes(UInt64)
  }

  /// How a device is plugged in again.
  public enum Replug: Hashable, Sendable {
    case newAddress, sameAddress
    /// At a new address and under this product id, as phones do that were unlocked.
    case productID(UInt16)
  }

  /// What a container says of its length, and is not so.
  public enum Length: Hashable, Sendable {
    /// This much, whatever it is.
    case exactly(UInt32)
    /// Off by so many bytes.
    case off(Int64)
  }

  /// What.
  public enum Effect: Hashable, Sendable {
    // The cable, and the endpoints

    /// The cable is pulled.
    case unplug
    /// The cable is pulled and put in again.
    case reconnect(Replug)
    /// The endpoint to the host halts, or the one that a file's data is coming through; the transaction is over.
    case stall
    /// Nothing more is sent in this transaction, and nothing more of a file's data is read before the host cancels.
    case silence
    /// Nothing is ever sent again, until a bus reset.
    case wedge
    /// The answer comes when nobody waits for it any more: in front of the answer to the next command.
    case late
    /// Once the answer is there, another program resets the device on the bus. It has no session then.
    case reset

    // Containers

    /// Nonsense is sent in place of a container; the transaction is over.
    case garbage
    /// Only the first bytes of a container's header are sent; the transaction is over.
    case runt(UInt8)
    /// The response carries the next transaction's id.
    case wrongTransactionID
    /// The data carries the next transaction's id.
    case wrongDataID
    /// The container of the data, or of the response where there is none, lies about its length.
    case length(Length)
    /// That many bytes follow the data that are none of it, or the response where there is no data.
    case extend(UInt16)
    /// The data ends that many bytes early, and the response is OK.
    case truncate(UInt64)
    /// A short packet comes in the middle of the data, which then goes on.
    case shortPacket
    /// The zero-length packet that should end the data is left out.
    case noZeroLengthPacket
    /// A zero-length packet follows data that was ended by a short one.
    case extraZeroLengthPacket

    // Responses

    /// Refused with this code, without data; a file's data is read up to there only.
    case respond(ResponseCode)
    /// All is done as it should be, but the response says this.
    case respondAfterAll(ResponseCode)
    /// All is done as it should be, and the host's program is killed before it gets the response, or what is left of the
    /// data: that waits for the next one.
    case kill
    /// The host's program is interrupted, as by Ctrl-C, when the device has read the command, or that much of the data.
    case interrupt

    // What the device holds

    /// The device has no more room from here on in a file's data.
    case fillDevice
    /// The first storage is taken out, until the device is plugged in again.
    case loseStorage
    /// The device is locked from this command on.
    case lock
    /// Handles stand for other objects from this command on.
    case renumber
    /// The file that the command is about is removed at the device, before it answers.
    case vanish
    /// A byte in the middle of the file that was sent is another one from then on, of which nothing tells.
    case corrupt
    /// The file that the command is about is changed at the device, before it answers or in the middle of the data.
    case change

    // What the device says of it

    /// Sizes that this command reports are off by that many bytes.
    case lieAboutSize(Int64)
    /// Dates that this command reports read so.
    case lieAboutDates(String)
    /// One object is listed twice.
    case repeatObject
    /// One object is not listed.
    case leaveOut
    /// A folder is listed within itself.
    case cycle
    /// The answer is about another object; a new object gets the handle of another.
    case otherObject
  }

  public var effect: Effect
  public var trigger: Trigger
  /// How many bytes of this transaction's data, in whichever direction, go before it happens.
  public var offset: UInt64

  public init(_ effect: Effect, at trigger: Trigger, offset: UInt64 = 0) {
    self.effect = effect
    self.trigger = trigger
    self.offset = offset
  }
}

extension Fault.Effect {
  /// Whether it takes the place of the answer, or of what is left of it.
  var replacesAnswer: Bool {
    switch self {
    case .unplug, .reconnect, .stall, .silence, .wedge, .garbage, .runt, .respond: true
    default: false
    }
  }
}
