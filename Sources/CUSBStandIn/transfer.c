/* Transfers: submitted, cancelled, ended. */

#include "standin.h"

#include <stdlib.h>

/* What usbfs allows, for the whole system there: 16 MiB, with a little of it spent on each transfer. */
static const size_t in_flight_limit = 16 << 20, overhead = 256;

struct libusb_transfer *libusb_alloc_transfer(int iso_packets) {
  size_t packets = (size_t)iso_packets * sizeof(struct libusb_iso_packet_descriptor);
  struct transfer *transfer = iso_packets < 0 ? NULL : calloc(1, sizeof *transfer + packets);
  return transfer ? &transfer->common : NULL;
}

void libusb_free_transfer(struct libusb_transfer *common) {
  if (!common)
    return;
  if (common->flags & LIBUSB_TRANSFER_FREE_BUFFER)
    free(common->buffer);
  free(transfer_of(common));
}

static bool has_endpoint(struct libusb_device_handle *handle, uint8_t address) {
  return address == 0 || libusb_get_max_packet_size(handle->device, address) > 0;
}

/* What travels with a submission: the data to the device. */
static void describe(struct transfer *transfer, struct libusb_device_handle *handle) {
  struct libusb_transfer *common = &transfer->common;
  struct virtual_usb_frame *frame = &transfer->submission.frame;
  bool control = common->type == LIBUSB_TRANSFER_TYPE_CONTROL;
  uint8_t direction = control ? common->buffer[0] : common->endpoint;
  *frame = (struct virtual_usb_frame){
    .kind = VIRTUAL_USB_SUBMIT,
    .endpoint = control ? 0 : common->endpoint,
    .status = (common->flags & LIBUSB_TRANSFER_ADD_ZERO_PACKET) != 0,
    .id = ++handle->last_id,
    .length = (uint32_t)common->length,
  };
  if (!(direction & LIBUSB_ENDPOINT_IN))
    frame->payload = frame->length;
  else if (control)
    frame->payload = LIBUSB_CONTROL_SETUP_SIZE;
  transfer->submission.payload = common->buffer;
}

int libusb_submit_transfer(struct libusb_transfer *common) {
  struct transfer *transfer = transfer_of(common);
  struct libusb_device_handle *handle = common->dev_handle;
  struct libusb_context *context = handle->device->context;
  if (common->type == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS || common->type == LIBUSB_TRANSFER_TYPE_BULK_STREAM)
    return LIBUSB_ERROR_NOT_SUPPORTED;
  int least = common->type == LIBUSB_TRANSFER_TYPE_CONTROL ? (int)LIBUSB_CONTROL_SETUP_SIZE : 0;
  if (common->length < least)
    return LIBUSB_ERROR_INVALID_PARAM;
  if (!has_endpoint(handle, common->endpoint))
    return LIBUSB_ERROR_IO;
  int status = LIBUSB_SUCCESS;
  pthread_mutex_lock(&context->lock);
  size_t cost = (size_t)common->length + overhead;
  if (transfer->in_flight)
    status = LIBUSB_ERROR_BUSY;
  else if (handle->gone)
    status = LIBUSB_ERROR_NO_DEVICE;
  else if (context->in_flight + cost > in_flight_limit)
    status = LIBUSB_ERROR_NO_MEM;
  if (status == LIBUSB_SUCCESS) {
    context->in_flight += cost;
    common->actual_length = 0;
    transfer->in_flight = true;
    transfer->cancelling = transfer->timed_out = false;
    int64_t wait = common->timeout;
    if (wait > 0 && handle->device->longest_wait > 0 && wait > handle->device->longest_wait)
      wait = handle->device->longest_wait;
    transfer->deadline = wait > 0 ? monotonic_now() + wait * 1000000 : 0;
    transfer->next = handle->transfers;
    handle->transfers = transfer;
    describe(transfer, handle);
    enqueue(handle, &transfer->submission);
  }
  pthread_mutex_unlock(&context->lock);
  /* The thread that handles events may be waiting for less than this. */
  wake_handler(context);
  return status;
}

bool ask_to_cancel(struct libusb_device_handle *handle, struct transfer *transfer) {
  if (transfer->cancelling)
    return false;
  struct message *message = calloc(1, sizeof *message);
  if (!message)
    return false;
  message->frame = (struct virtual_usb_frame){.kind = VIRTUAL_USB_CANCEL, .id = transfer->submission.frame.id};
  message->owned = true;
  transfer->cancelling = true;
  enqueue(handle, message);
  return true;
}

int libusb_cancel_transfer(struct libusb_transfer *common) {
  struct transfer *transfer = transfer_of(common);
  struct libusb_device_handle *handle = common->dev_handle;
  if (!handle)
    return LIBUSB_ERROR_NOT_FOUND;
  struct libusb_context *context = handle->device->context;
  pthread_mutex_lock(&context->lock);
  int status = LIBUSB_ERROR_NOT_FOUND;
  bool waiting = false;
  for (struct transfer *one = handle->transfers; one; one = one->next)
    waiting |= one == transfer;
  if (waiting && ask_to_cancel(handle, transfer))
    status = LIBUSB_SUCCESS;
  pthread_mutex_unlock(&context->lock);
  wake_handler(context);
  return status;
}

void end_transfer(struct libusb_device_handle *handle, struct transfer *transfer, enum libusb_transfer_status status) {
  struct libusb_context *context = handle->device->context;
  struct transfer **place = &handle->transfers;
  while (*place != transfer)
    place = &(*place)->next;
  *place = transfer->next;
  transfer->common.status = status;
  context->in_flight -= (size_t)transfer->common.length + overhead;
  struct transfer **last = &context->ended;
  while (*last)
    last = &(*last)->next;
  transfer->next = NULL;
  *last = transfer;
}

void end_all(struct libusb_device_handle *handle) {
  /* Oldest first; the list has the youngest in front. */
  while (handle->transfers) {
    struct transfer *oldest = handle->transfers;
    while (oldest->next)
      oldest = oldest->next;
    end_transfer(handle, oldest, LIBUSB_TRANSFER_NO_DEVICE);
  }
}
