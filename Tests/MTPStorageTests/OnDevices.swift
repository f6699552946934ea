import Testing

/// Everything that opens virtual devices, one test after the other: they share one bus, which has 127 addresses, and
/// libmtp opens devices one at a time anyhow.
@Suite(.serialized)
enum OnDevices {}
