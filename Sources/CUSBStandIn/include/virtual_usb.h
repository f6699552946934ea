/* A virtual USB bus: what the stand-in for libusb (the host's end) and VirtualDevice (the device's end) agree on.

   The bus is a directory, named by the environment variable VIRTUAL_USB_BUS:

     sys/bus/usb/devices/1-1/       attributes of the device on port 1 of bus 1, as in the real /sys; `descriptors`
                                    holds the device and configuration descriptors; `bConfigurationValue` is empty
                                    while the device is not configured
     sys/bus/usb/devices/1-1/longest_wait   if it is there: no time-out of a transfer is longer, in milliseconds
     sys/bus/usb/devices/1-1:1.0/   its interface; `driver` is a link to .../usbfs while a program has claimed it
     dev/bus/usb/001/002            its node: a plain file, held open by whoever has the device open; mode 0 forbids
     ports/001-002                  a Unix stream socket, on which the device's end listens

   A device is plugged in when its folder under sys appears and unplugged when that is gone; then its socket is closed.

   Each libusb_open is one connection. Both ends send frames: a header, in the machine's own byte order, and `payload`
   bytes. The host submits transfers and the device's end completes each exactly once, as a host controller does. Data
   to the device travels with the submission, but counts as moved only when the device's function reads it; data from
   the device travels only for a transfer that was submitted. A device that goes away hangs up. */
#ifndef VIRTUAL_USB_H
#define VIRTUAL_USB_H

#include <stddef.h>
#include <stdint.h>

#define VIRTUAL_USB_BUS "VIRTUAL_USB_BUS"

enum virtual_usb_kind {
  /* Host to device. All are answered by one DONE with the same id; CANCEL has none of its own. */

  /* A transfer of `length` bytes on `endpoint`. Payload: to the device, the data; on endpoint 0, the eight bytes of
     the setup packet and the data to the device, if any. `status` 1 asks for a zero-length packet after the data. */
  VIRTUAL_USB_SUBMIT = 1,
  /* Ends the transfer `id`, unless it has ended already. */
  VIRTUAL_USB_CANCEL = 2,
  /* Claims, or gives back, the interface whose number is in `endpoint`. */
  VIRTUAL_USB_CLAIM = 3,
  VIRTUAL_USB_RELEASE = 4,
  /* Clears the halt of `endpoint`. */
  VIRTUAL_USB_CLEAR_HALT = 5,
  /* Resets the device: its transfers are cancelled and its halts cleared, claims stay. */
  VIRTUAL_USB_RESET = 6,

  /* Device to host. */

  /* Payload: the next bytes of the transfer `id`, which goes on. */
  VIRTUAL_USB_DATA = 16,
  /* The transfer or request `id` is over, for the reason in `status`. Payload: its last bytes. `length`: how many bytes
     a transfer to the device moved. */
  VIRTUAL_USB_DONE = 17,
};

enum virtual_usb_status {
  VIRTUAL_USB_COMPLETED = 0,
  VIRTUAL_USB_STALLED = 1,
  VIRTUAL_USB_CANCELLED = 2,
  /* A packet was longer than the room left in the transfer. */
  VIRTUAL_USB_OVERFLOWED = 3,
  /* Another connection has claimed the interface. */
  VIRTUAL_USB_BUSY = 4,
  /* There is no such interface or endpoint. */
  VIRTUAL_USB_ABSENT = 5,
};

struct virtual_usb_frame {
  uint8_t kind;
  uint8_t endpoint;
  uint16_t status;
  /* Chosen by the host, of no other request of this connection that is not done. */
  uint32_t id;
  uint32_t length;
  uint32_t payload;
};

/* Plain socket calls for both ends. All descriptors are closed on exec. They return -1 and set errno on failure. */

/* Listens on the socket `name` in the bus's folder `ports`. */
int virtual_usb_listen(const char *ports, const char *name);

/* Connects to the socket `name` in the bus's folder `ports`; the connection does not block. */
int virtual_usb_connect(const char *ports, const char *name);

/* Accepts a connection, which blocks. */
int virtual_usb_accept(int listener);

/* Sends the program at the other end of a connection that was accepted a signal; -1 with errno 0 if that is the caller. */
int virtual_usb_signal_peer(int connection, int signal);

/* Sends a frame and its payload whole, blocking. */
int virtual_usb_send(int connection, const struct virtual_usb_frame *frame, const void *payload);

/* Receives `count` bytes, blocking; also -1, with errno 0, if the other end hangs up before that. */
int virtual_usb_receive(int connection, void *bytes, size_t count);

#endif
