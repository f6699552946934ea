/* Inside the stand-in for libusb. It starts no threads, since programs such as jmtpfs fork after they have opened a
   device: whoever waits for a transfer handles the events, one thread at a time, as in libusb. */
#ifndef STANDIN_H
#define STANDIN_H

#include "virtual_usb.h"

#include <libusb-1.0/libusb.h>
#include <pthread.h>
#include <stdbool.h>

/* The preloaded library must offer programs libusb's names only. */
#pragma GCC visibility push(hidden)

/* Bytes on their way to the device, in the order of submission. */
struct message {
  struct message *next;
  struct virtual_usb_frame frame;
  const void *payload;
  size_t sent;
  /* Freed once it is sent; otherwise it lives in something that waits for its answer. */
  bool owned;
};

/* One transfer; programs hold a pointer to `common`. */
struct transfer {
  struct transfer *next;
  struct message submission;
  /* On CLOCK_MONOTONIC, in nanoseconds; 0 for none. */
  int64_t deadline;
  bool in_flight, cancelling, timed_out;
  struct libusb_transfer common;
};

/* A claim, a reset or the like, whose caller waits for the answer. */
struct request {
  struct request *next;
  struct message message;
  int done;
  uint16_t status;
};

struct libusb_device {
  struct libusb_device *next;
  struct libusb_context *context;
  int references;
  uint8_t bus, address;
  /* Name of its folder under sys/bus/usb/devices. */
  char port[32];
  int speed;
  /* No transfer of this device waits longer, in milliseconds, whatever its time-out; -1 if nothing limits it. */
  long longest_wait;
  /* Device and configuration descriptors, as they are on the wire. */
  unsigned char *descriptors;
  size_t descriptors_length;
};

struct libusb_device_handle {
  struct libusb_device_handle *next;
  struct libusb_device *device;
  /* The node is only held open: that shows who has the device. */
  int socket, node;
  bool gone;
  uint32_t claimed;
  uint32_t last_id;
  struct message *outgoing;
  struct transfer *transfers;
  struct request *requests;
  /* The frame that is arriving, and how much of its header and payload is here. */
  struct virtual_usb_frame incoming;
  size_t received;
};

struct libusb_context {
  pthread_mutex_t lock;
  /* Path of the bus's directory, or NULL for a bus with nothing on it. */
  char *bus;
  /* Signalled whenever a thread stops handling events. */
  pthread_cond_t changed;
  /* Ends the poll of the thread that handles events. */
  int wake;
  bool handling;
  pthread_t handler;
  /* Threads that must not be overtaken by the next event handler. */
  int closing;
  /* Calls of libusb_interrupt_event_handler to be seen by the handler. */
  bool interrupted;
  struct libusb_device *devices;
  struct libusb_device_handle *handles;
  /* Ended transfers whose callbacks have not run, in order. */
  struct transfer *ended;
  /* Bytes of all transfers in flight. */
  size_t in_flight;
  int users;
};

/* context.c */
struct libusb_context *context_or_default(struct libusb_context *context);

/* events.c; `context->lock` is not held, except for the last two. */
int64_t monotonic_now(void);
void wake_handler(struct libusb_context *context);
/* Handles events once, or waits for another thread that does; at most until `deadline` (0: forever). */
int handle_events_until(struct libusb_context *context, int64_t deadline, int *completed);
/* Whether this thread runs a callback, where nothing can be waited for. */
bool in_callback(struct libusb_context *context);
/* With the lock held: between these two no other thread handles events. */
void stop_events(struct libusb_context *context);
void resume_events(struct libusb_context *context);

/* connection.c; `context->lock` is held. */
/* Sends what can be sent without a wait. */
void send_outgoing(struct libusb_device_handle *handle);
void enqueue(struct libusb_device_handle *handle, struct message *message);
/* Takes what has arrived. */
void receive_incoming(struct libusb_device_handle *handle);

/* transfer.c; `context->lock` is held. */
void end_transfer(struct libusb_device_handle *handle, struct transfer *transfer, enum libusb_transfer_status status);
void end_all(struct libusb_device_handle *handle);
bool ask_to_cancel(struct libusb_device_handle *handle, struct transfer *transfer);
static inline struct transfer *transfer_of(struct libusb_transfer *common) {
  return (struct transfer *)((char *)common - offsetof(struct transfer, common));
}

/* bus.c */
/* The number of the configuration that the device is in, 0 for none, -1 if it is gone. */
long configuration_value(const libusb_device *device);

/* descriptor.c */
const struct libusb_endpoint_descriptor *find_endpoint(const struct libusb_config_descriptor *config, uint8_t address);

#pragma GCC visibility pop

#endif
