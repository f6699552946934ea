// VirtualDevice
