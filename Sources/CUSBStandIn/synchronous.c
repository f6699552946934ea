/* Transfers that are waited for. */

#include "standin.h"

#include <stdlib.h>
#include <string.h>

/* Runs on whichever thread handles the events; what it did before is to be seen by the one that waits. */
static void note_end(struct libusb_transfer *common) {
  __atomic_store_n((int *)common->user_data, 1, __ATOMIC_RELEASE);
}

/* Submits a transfer and waits for its end. Returns an error of libusb. */
static int wait_for(struct libusb_transfer *common, int *completed) {
  struct libusb_context *context = common->dev_handle->device->context;
  if (in_callback(context))
    return LIBUSB_ERROR_BUSY;
  int error = libusb_submit_transfer(common);
  if (error != LIBUSB_SUCCESS)
    return error;
  while (!__atomic_load_n(completed, __ATOMIC_ACQUIRE))
    handle_events_until(context, 0, completed);
  switch (common->status) {
  case LIBUSB_TRANSFER_COMPLETED:
    return LIBUSB_SUCCESS;
  case LIBUSB_TRANSFER_TIMED_OUT:
    return LIBUSB_ERROR_TIMEOUT;
  case LIBUSB_TRANSFER_STALL:
    return LIBUSB_ERROR_PIPE;
  case LIBUSB_TRANSFER_OVERFLOW:
    return LIBUSB_ERROR_OVERFLOW;
  case LIBUSB_TRANSFER_NO_DEVICE:
    return LIBUSB_ERROR_NO_DEVICE;
  default:
    return LIBUSB_ERROR_IO;
  }
}

static int transfer_data(
    libusb_device_handle *handle, unsigned char endpoint, unsigned char *data, int length, int *moved,
    unsigned int timeout, unsigned char type) {
  struct libusb_transfer *common = libusb_alloc_transfer(0);
  int completed = 0;
  if (!common)
    return LIBUSB_ERROR_NO_MEM;
  libusb_fill_bulk_transfer(common, handle, endpoint, data, length, note_end, &completed, timeout);
  common->type = type;
  int error = wait_for(common, &completed);
  if (moved)
    *moved = common->actual_length;
  libusb_free_transfer(common);
  return error;
}

int libusb_bulk_transfer(
    libusb_device_handle *handle, unsigned char endpoint, unsigned char *data, int length, int *moved,
    unsigned int timeout) {
  return transfer_data(handle, endpoint, data, length, moved, timeout, LIBUSB_TRANSFER_TYPE_BULK);
}

int libusb_interrupt_transfer(
    libusb_device_handle *handle, unsigned char endpoint, unsigned char *data, int length, int *moved,
    unsigned int timeout) {
  return transfer_data(handle, endpoint, data, length, moved, timeout, LIBUSB_TRANSFER_TYPE_INTERRUPT);
}

int libusb_control_transfer(
    libusb_device_handle *handle, uint8_t type, uint8_t request, uint16_t value, uint16_t index, unsigned char *data,
    uint16_t length, unsigned int timeout) {
  struct libusb_transfer *common = libusb_alloc_transfer(0);
  unsigned char *buffer = malloc(LIBUSB_CONTROL_SETUP_SIZE + (size_t)length);
  if (!common || !buffer) {
    libusb_free_transfer(common);
    free(buffer);
    return LIBUSB_ERROR_NO_MEM;
  }
  int completed = 0;
  libusb_fill_control_setup(buffer, type, request, value, index, length);
  if (!(type & LIBUSB_ENDPOINT_IN) && length > 0)
    memcpy(buffer + LIBUSB_CONTROL_SETUP_SIZE, data, length);
  libusb_fill_control_transfer(common, handle, buffer, note_end, &completed, timeout);
  int result = wait_for(common, &completed);
  if (result == LIBUSB_SUCCESS) {
    result = common->actual_length;
    if (type & LIBUSB_ENDPOINT_IN)
      memcpy(data, buffer + LIBUSB_CONTROL_SETUP_SIZE, (size_t)result);
  }
  libusb_free_transfer(common);
  free(buffer);
  return result;
}
