/* A bus with one device on it, which says what the bytes of a fuzzer make it say. In place of libusb, and of those
   parts of libmtp that open a device: there is no thread, no wait and no chance in it, so that an input does the same
   each time. */
#ifndef FUZZED_BUS_H
#define FUZZED_BUS_H

#include <stddef.h>
#include <stdint.h>

/* Plugs the device in anew. `script` stays in use until the next call; at its end the device is unplugged. */
void fuzzed_bus_start(const uint8_t *script, size_t length);

/* How many transfers the host has asked for since then. */
size_t fuzzed_bus_transfers(void);

#endif
