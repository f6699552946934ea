/* Opened devices. */

#include "standin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens the device's node, only to be seen with it, and to be refused where the node's mode says so. */
static int open_node(const struct libusb_device *device) {
  char path[4096];
  snprintf(path, sizeof path, "%s/dev/bus/usb/%03d/%03d", device->context->bus, device->bus, device->address);
  int node = open(path, O_RDWR | O_CLOEXEC);
  if (node < 0)
    return errno == EACCES ? LIBUSB_ERROR_ACCESS : errno == ENOENT ? LIBUSB_ERROR_NO_DEVICE : LIBUSB_ERROR_IO;
  struct stat status;
  /* Root is never refused, so that a forbidden device has no mode bits at all. */
  if (fstat(node, &status) == 0 && (status.st_mode & 0777) == 0) {
    close(node);
    return LIBUSB_ERROR_ACCESS;
  }
  return node;
}

int libusb_open(libusb_device *device, libusb_device_handle **result) {
  int node = open_node(device);
  if (node < 0)
    return node;
  char ports[4096], name[16];
  snprintf(ports, sizeof ports, "%s/ports", device->context->bus);
  snprintf(name, sizeof name, "%03d-%03d", device->bus, device->address);
  int socket = virtual_usb_connect(ports, name);
  struct libusb_device_handle *handle = socket < 0 ? NULL : calloc(1, sizeof *handle);
  if (!handle) {
    if (socket >= 0)
      close(socket);
    close(node);
    return socket < 0 ? LIBUSB_ERROR_NO_DEVICE : LIBUSB_ERROR_NO_MEM;
  }
  handle->device = libusb_ref_device(device);
  handle->socket = socket;
  handle->node = node;
  struct libusb_context *context = device->context;
  pthread_mutex_lock(&context->lock);
  handle->next = context->handles;
  context->handles = handle;
  pthread_mutex_unlock(&context->lock);
  /* The thread that handles events has to watch this one too. */
  wake_handler(context);
  *result = handle;
  return LIBUSB_SUCCESS;
}

libusb_device_handle *libusb_open_device_with_vid_pid(libusb_context *context, uint16_t vendor, uint16_t product) {
  libusb_device **list;
  libusb_device_handle *handle = NULL;
  ssize_t count = libusb_get_device_list(context, &list);
  for (ssize_t i = 0; i < count && !handle; i++) {
    struct libusb_device_descriptor descriptor;
    libusb_get_device_descriptor(list[i], &descriptor);
    if (descriptor.idVendor == vendor && descriptor.idProduct == product && libusb_open(list[i], &handle) != 0)
      handle = NULL;
  }
  if (count >= 0)
    libusb_free_device_list(list, 1);
  return handle;
}

void libusb_close(libusb_device_handle *handle) {
  if (!handle)
    return;
  struct libusb_context *context = handle->device->context;
  pthread_mutex_lock(&context->lock);
  stop_events(context);
  struct libusb_device_handle **place = &context->handles;
  while (*place != handle)
    place = &(*place)->next;
  *place = handle->next;
  /* Transfers still in flight end without their callbacks, as in libusb. */
  end_all(handle);
  for (struct transfer **ended = &context->ended; *ended;) {
    struct transfer *transfer = *ended;
    if (transfer->common.dev_handle != handle) {
      ended = &transfer->next;
      continue;
    }
    *ended = transfer->next;
    transfer->in_flight = false;
    transfer->common.dev_handle = NULL;
  }
  while (handle->outgoing) {
    struct message *message = handle->outgoing;
    handle->outgoing = message->next;
    if (message->owned)
      free(message);
  }
  resume_events(context);
  pthread_mutex_unlock(&context->lock);
  close(handle->socket);
  close(handle->node);
  libusb_unref_device(handle->device);
  free(handle);
}

libusb_device *libusb_get_device(libusb_device_handle *handle) { return handle->device; }

/* Sends a request and waits for its answer. Returns a status, or -1 if the device is gone. */
static int ask(struct libusb_device_handle *handle, enum virtual_usb_kind kind, uint8_t endpoint) {
  struct libusb_context *context = handle->device->context;
  struct request request = {0};
  if (in_callback(context))
    return VIRTUAL_USB_BUSY;
  pthread_mutex_lock(&context->lock);
  if (!handle->gone) {
    request.message.frame =
        (struct virtual_usb_frame){.kind = (uint8_t)kind, .endpoint = endpoint, .id = ++handle->last_id};
    request.next = handle->requests;
    handle->requests = &request;
    enqueue(handle, &request.message);
  } else {
    request.done = 1;
  }
  pthread_mutex_unlock(&context->lock);
  wake_handler(context);
  while (!__atomic_load_n(&request.done, __ATOMIC_ACQUIRE))
    handle_events_until(context, 0, &request.done);
  pthread_mutex_lock(&context->lock);
  bool gone = handle->gone;
  pthread_mutex_unlock(&context->lock);
  return gone ? -1 : request.status;
}

/* The error that libusb reports for an answer. */
static int error_of(int status) {
  switch (status) {
  case -1:
    return LIBUSB_ERROR_NO_DEVICE;
  case VIRTUAL_USB_COMPLETED:
    return LIBUSB_SUCCESS;
  case VIRTUAL_USB_BUSY:
    return LIBUSB_ERROR_BUSY;
  case VIRTUAL_USB_ABSENT:
    return LIBUSB_ERROR_NOT_FOUND;
  default:
    return LIBUSB_ERROR_OTHER;
  }
}

int libusb_claim_interface(libusb_device_handle *handle, int number) {
  if (number < 0 || number >= 32)
    return LIBUSB_ERROR_INVALID_PARAM;
  if (handle->claimed & 1u << number)
    return LIBUSB_SUCCESS;
  int error = error_of(ask(handle, VIRTUAL_USB_CLAIM, (uint8_t)number));
  if (error == LIBUSB_SUCCESS)
    handle->claimed |= 1u << number;
  return error;
}

int libusb_release_interface(libusb_device_handle *handle, int number) {
  if (number < 0 || number >= 32)
    return LIBUSB_ERROR_INVALID_PARAM;
  if (!(handle->claimed & 1u << number))
    return LIBUSB_ERROR_NOT_FOUND;
  handle->claimed &= ~(1u << number);
  return error_of(ask(handle, VIRTUAL_USB_RELEASE, (uint8_t)number));
}

int libusb_clear_halt(libusb_device_handle *handle, unsigned char endpoint) {
  return error_of(ask(handle, VIRTUAL_USB_CLEAR_HALT, endpoint));
}

int libusb_reset_device(libusb_device_handle *handle) {
  int error = error_of(ask(handle, VIRTUAL_USB_RESET, 0));
  /* libusb's own way to say that the device has to be found again. */
  return error == LIBUSB_ERROR_NO_DEVICE ? LIBUSB_ERROR_NOT_FOUND : error;
}

int libusb_set_configuration(libusb_device_handle *handle, int configuration) {
  int status = libusb_control_transfer(
      handle, 0x00, LIBUSB_REQUEST_SET_CONFIGURATION, (uint16_t)configuration, 0, NULL, 0, 1000);
  return status == LIBUSB_ERROR_PIPE ? LIBUSB_ERROR_NOT_FOUND : status;
}

int libusb_set_interface_alt_setting(libusb_device_handle *handle, int number, int setting) {
  int status = libusb_control_transfer(
      handle, 0x01, LIBUSB_REQUEST_SET_INTERFACE, (uint16_t)setting, (uint16_t)number, NULL, 0, 1000);
  return status == LIBUSB_ERROR_PIPE ? LIBUSB_ERROR_NOT_FOUND : status;
}

/* No kernel driver ever holds a virtual device. */

int libusb_kernel_driver_active(libusb_device_handle *handle, int number) {
  (void)number;
  return handle->gone ? LIBUSB_ERROR_NO_DEVICE : 0;
}

int libusb_detach_kernel_driver(libusb_device_handle *handle, int number) {
  (void)number;
  return handle->gone ? LIBUSB_ERROR_NO_DEVICE : LIBUSB_ERROR_NOT_FOUND;
}

int libusb_attach_kernel_driver(libusb_device_handle *handle, int number) {
  (void)number;
  return handle->gone ? LIBUSB_ERROR_NO_DEVICE : LIBUSB_ERROR_NOT_FOUND;
}

int libusb_set_auto_detach_kernel_driver(libusb_device_handle *handle, int enable) {
  (void)handle, (void)enable;
  return LIBUSB_SUCCESS;
}
