#include "functionfs.h"

#include <endian.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

int functionfs_next_event(int ep0, struct usb_functionfs_event *event) {
  ssize_t count;
  do count = read(ep0, event, sizeof *event);
  while (count < 0 && errno == EINTR);
  if (count < 0)
    return -errno;
  return count == sizeof *event ? 0 : -EIO;
}

int functionfs_send_answer(int ep0, const void *bytes, size_t count) {
  ssize_t written = write(ep0, bytes, count);
  return written < 0 ? -errno : (int)written;
}

int functionfs_accept(int ep0, uint16_t count) {
  uint8_t data[UINT16_MAX];
  ssize_t taken = read(ep0, data, count);
  return taken < 0 ? -errno : (int)taken;
}

int functionfs_refuse(int ep0, bool asks_for_data) {
  /* To move data against the request's direction is how FunctionFS is told so. */
  uint8_t none = 0;
  ssize_t moved = asks_for_data ? read(ep0, &none, 0) : write(ep0, &none, 0);
  return moved < 0 && errno != EL2HLT ? -errno : 0;
}

int functionfs_packet_size(int endpoint) {
  struct usb_endpoint_descriptor descriptor;
  if (ioctl(endpoint, FUNCTIONFS_ENDPOINT_DESC, &descriptor) < 0)
    return -errno;
  return le16toh(descriptor.wMaxPacketSize);
}

int functionfs_halt(int endpoint, bool leads_to_host) {
  /* As above. */
  uint8_t byte = 0;
  ssize_t moved = leads_to_host ? read(endpoint, &byte, 1) : write(endpoint, &byte, 1);
  if (moved >= 0)
    return -EIO;
  return errno == EBADMSG ? 0 : -errno;
}
