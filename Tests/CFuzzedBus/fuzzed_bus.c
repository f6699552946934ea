#include "fuzzed_bus.h"

#include <libmtp.h>
#include <libusb-1.0/libusb.h>
#include <stdlib.h>
#include <string.h>

enum { BULK_IN = 0x81, BULK_OUT = 0x02, INTERRUPT_IN = 0x83, PACKET = 512, HEADER = 12, LARGEST = 1 << 20 };

static struct {
  const uint8_t *script;
  size_t left;
  int is_unplugged;
  size_t transfers;
  /* Of the last command. */
  uint16_t operation;
  uint32_t transaction;
  /* What the device is sending: one message, ended by a short packet. */
  uint8_t message[LARGEST];
  size_t length, sent;
  int is_sending;
  enum libusb_transfer_status failure;
  uint8_t event[64];
  size_t event_length;
} bus;

/* Asked for and not ended, the oldest first. */
static struct libusb_transfer *waiting[256];
static size_t waiting_count;

void fuzzed_bus_start(const uint8_t *script, size_t length) {
  memset(&bus, 0, offsetof(__typeof__(bus), message));
  bus.length = bus.sent = bus.event_length = 0;
  bus.is_sending = 0;
  bus.failure = LIBUSB_TRANSFER_COMPLETED;
  bus.script = script;
  bus.left = length;
  waiting_count = 0;
}

size_t fuzzed_bus_transfers(void) { return bus.transfers; }

/* MARK: Script */

static uint32_t take(size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; i++) {
    if (bus.left == 0) {
      bus.is_unplugged = 1;
      return value;
    }
    value |= (uint32_t)*bus.script++ << (8 * i);
    bus.left--;
  }
  return value;
}

static size_t copy(uint8_t *to, size_t bytes) {
  if (bytes > bus.left) bytes = bus.left;
  memcpy(to, bus.script, bytes);
  bus.script += bytes;
  bus.left -= bytes;
  return bytes;
}

static void put(uint8_t *to, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * i));
}

static void container(uint32_t length, uint16_t kind, uint16_t code, uint32_t transaction, size_t payload) {
  put(bus.message, length, 4);
  put(bus.message + 4, kind, 2);
  put(bus.message + 6, code, 2);
  put(bus.message + 8, transaction, 4);
  bus.length = HEADER + payload;
}

static void data(size_t payload) { container((uint32_t)(HEADER + payload), 2, bus.operation, bus.transaction, payload); }

static void response(uint16_t code, uint32_t transaction, size_t parameters) {
  size_t payload = copy(bus.message + HEADER, 4 * (parameters % 6)) / 4 * 4;
  container((uint32_t)(HEADER + payload), 3, code, transaction, payload);
}

/* The next thing that the device says. */
static void speak(void) {
  uint8_t what = (uint8_t)take(1);
  if (bus.is_unplugged) return;
  bus.is_sending = 1;
  bus.sent = bus.length = 0;
  bus.failure = LIBUSB_TRANSFER_COMPLETED;
  switch (what & 15) {
  case 0: case 1: data(copy(bus.message + HEADER, what >> 4)); break;
  case 2: data(copy(bus.message + HEADER, take(1))); break;
  case 3: data(copy(bus.message + HEADER, take(2) % 8192)); break;
  case 4: case 5: case 6: response(0x2001, bus.transaction, what >> 4); break;
  case 7: response((uint16_t)(0x2000 + take(1)), bus.transaction, what >> 4); break;
  case 8: response((uint16_t)take(2), take(4), what >> 4); break;
  case 9: /* A length that lies. */
    container(take(4), 2, bus.operation, bus.transaction, copy(bus.message + HEADER, take(1)));
    break;
  case 10: /* Much, of one kind. */
    memset(bus.message + HEADER, what, (size_t)(what >> 4) * 65000);
    data((size_t)(what >> 4) * 65000);
    if (what & 16) put(bus.message, 0xFFFFFFFF, 4);
    break;
  case 11: bus.length = copy(bus.message, take(1)); break;
  case 12: bus.failure = LIBUSB_TRANSFER_STALL; break;
  case 13: bus.failure = what & 16 ? LIBUSB_TRANSFER_ERROR : LIBUSB_TRANSFER_OVERFLOW; break;
  case 14:
    if (bus.event_length == 0) bus.event_length = copy(bus.event, 12 + 4 * (what >> 4));
    bus.is_sending = 0;
    break;
  default: break; /* An empty packet. */
  }
}

/* MARK: Transfers */

static void end(size_t index, enum libusb_transfer_status status, size_t count) {
  struct libusb_transfer *transfer = waiting[index];
  memmove(&waiting[index], &waiting[index + 1], (waiting_count - index - 1) * sizeof waiting[0]);
  waiting_count--;
  transfer->status = status;
  transfer->actual_length = (int)count;
  transfer->callback(transfer);
}

static void receive(const struct libusb_transfer *transfer) {
  if (transfer->length < HEADER || transfer->length > 64) return;
  const uint8_t *bytes = transfer->buffer;
  if (bytes[4] != 1 || bytes[5] != 0) return;
  bus.operation = (uint16_t)(bytes[6] | bytes[7] << 8);
  memcpy(&bus.transaction, bytes + 8, 4);
}

static int step(size_t index) {
  struct libusb_transfer *transfer = waiting[index];
  size_t length = (size_t)transfer->length;
  if (bus.is_unplugged) return end(index, LIBUSB_TRANSFER_NO_DEVICE, 0), 1;
  switch (transfer->endpoint) {
  case BULK_OUT:
    receive(transfer);
    /* One in sixteen is refused. */
    if (length > HEADER && bus.left > 0 && (*bus.script & 15) == 12) {
      uint8_t how = (uint8_t)take(1);
      return end(index, how & 16 ? LIBUSB_TRANSFER_STALL : LIBUSB_TRANSFER_ERROR, length * (how >> 5) / 8), 1;
    }
    return end(index, LIBUSB_TRANSFER_COMPLETED, length), 1;
  case INTERRUPT_IN:
    if (bus.event_length == 0) return 0;
    length = bus.event_length;
    bus.event_length = 0;
    memcpy(transfer->buffer, bus.event, length);
    return end(index, LIBUSB_TRANSFER_COMPLETED, length), 1;
  default:
    while (!bus.is_sending && !bus.is_unplugged) speak();
    if (bus.is_unplugged) return end(index, LIBUSB_TRANSFER_NO_DEVICE, 0), 1;
    if (bus.failure != LIBUSB_TRANSFER_COMPLETED) {
      bus.is_sending = 0;
      return end(index, bus.failure, 0), 1;
    }
    if (length > bus.length - bus.sent) length = bus.length - bus.sent;
    memcpy(transfer->buffer, bus.message + bus.sent, length);
    bus.sent += length;
    /* What fills its last packet is not over before an empty one. */
    if (length < (size_t)transfer->length) bus.is_sending = 0;
    return end(index, LIBUSB_TRANSFER_COMPLETED, length), 1;
  }
}

int LIBMTP_Handle_Events_Timeout_Completed(struct timeval *time, int *completed) {
  (void)time;
  for (size_t index = 0; !*completed && index < waiting_count;) {
    if (!step(index)) index++;
  }
  return 0;
}

struct libusb_transfer *libusb_alloc_transfer(int packets) {
  (void)packets;
  return calloc(1, sizeof(struct libusb_transfer));
}

void libusb_free_transfer(struct libusb_transfer *transfer) { free(transfer); }

int libusb_submit_transfer(struct libusb_transfer *transfer) {
  if (bus.is_unplugged) return LIBUSB_ERROR_NO_DEVICE;
  if (waiting_count == sizeof waiting / sizeof waiting[0]) return LIBUSB_ERROR_NO_MEM;
  bus.transfers++;
  waiting[waiting_count++] = transfer;
  return 0;
}

int libusb_cancel_transfer(struct libusb_transfer *transfer) {
  for (size_t index = 0; index < waiting_count; index++) {
    if (waiting[index] == transfer) return end(index, LIBUSB_TRANSFER_CANCELLED, 0), 0;
  }
  return LIBUSB_ERROR_NOT_FOUND;
}

/* MARK: The device */

static uint8_t handle, device;

static const struct libusb_endpoint_descriptor endpoints[] = {
  {.bEndpointAddress = BULK_IN, .bmAttributes = 2, .wMaxPacketSize = PACKET},
  {.bEndpointAddress = BULK_OUT, .bmAttributes = 2, .wMaxPacketSize = PACKET},
  {.bEndpointAddress = INTERRUPT_IN, .bmAttributes = 3, .wMaxPacketSize = 28},
};
static const struct libusb_interface_descriptor setting = {.bNumEndpoints = 3, .endpoint = endpoints};
static const struct libusb_interface interface = {.altsetting = &setting, .num_altsetting = 1};
static struct libusb_config_descriptor configuration = {.bNumInterfaces = 1, .interface = &interface};

int libusb_get_active_config_descriptor(libusb_device *of, struct libusb_config_descriptor **found) {
  (void)of;
  *found = &configuration;
  return 0;
}

void libusb_free_config_descriptor(struct libusb_config_descriptor *found) { (void)found; }
libusb_device *libusb_get_device(libusb_device_handle *of) { return (void)of, (libusb_device *)&device; }
uint8_t libusb_get_bus_number(libusb_device *of) { return (void)of, 1; }
uint8_t libusb_get_device_address(libusb_device *of) { return (void)of, 2; }
int libusb_clear_halt(libusb_device_handle *of, unsigned char endpoint) { return (void)of, (void)endpoint, 0; }
int libusb_release_interface(libusb_device_handle *of, int number) { return (void)of, (void)number, 0; }
void libusb_close(libusb_device_handle *of) { (void)of; }

int libusb_control_transfer(
  libusb_device_handle *of, uint8_t type, uint8_t request, uint16_t value, uint16_t index, unsigned char *bytes,
  uint16_t length, unsigned int timeout
) {
  (void)of, (void)type, (void)request, (void)value, (void)index, (void)bytes, (void)timeout;
  return length;
}

/* Nothing to find for who would open the device beside libmtp. */
int libusb_init(libusb_context **context) { return *context = NULL, 0; }
void libusb_exit(libusb_context *context) { (void)context; }
void libusb_free_device_list(libusb_device **list, int unreference) { (void)list, (void)unreference; }

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***list) {
  static libusb_device *none[1];
  (void)context;
  *list = none;
  return 0;
}

/* The beginning of libmtp's PTP_USB. */
static struct { void *params; void *handle; } usb;
static uint8_t params[4096];
static LIBMTP_mtpdevice_t mtp_device;

LIBMTP_mtpdevice_t *LIBMTP_Open_Raw_Device_Uncached(LIBMTP_raw_device_t *raw) {
  (void)raw;
  usb.params = params;
  usb.handle = &handle;
  mtp_device.params = params;
  mtp_device.usbinfo = &usb;
  return &mtp_device;
}

int LIBMTP_Get_Storage(LIBMTP_mtpdevice_t *of, int const order) { return (void)of, (void)order, 0; }
LIBMTP_error_t *LIBMTP_Get_Errorstack(LIBMTP_mtpdevice_t *of) { return (void)of, NULL; }
void LIBMTP_Clear_Errorstack(LIBMTP_mtpdevice_t *of) { (void)of; }

int LIBMTP_Set_Object_String(
  LIBMTP_mtpdevice_t *of, uint32_t const object, LIBMTP_property_t const property, char const *const text
) {
  (void)of, (void)object, (void)property, (void)text;
  return 0;
}
