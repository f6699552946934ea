/* Frames to and from the device's end, without ever blocking. */

#include "standin.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void finish_message(struct libusb_device_handle *handle) {
  struct message *message = handle->outgoing;
  handle->outgoing = message->next;
  if (message->owned)
    free(message);
}

/* The device hung up: everything that waits for it ends. */
static void lose_device(struct libusb_device_handle *handle) {
  handle->gone = true;
  while (handle->outgoing)
    finish_message(handle);
  while (handle->requests) {
    struct request *request = handle->requests;
    handle->requests = request->next;
    /* From here on its caller may be gone, and the request with it. */
    __atomic_store_n(&request->done, 1, __ATOMIC_RELEASE);
  }
  end_all(handle);
}

void enqueue(struct libusb_device_handle *handle, struct message *message) {
  struct message **last = &handle->outgoing;
  while (*last)
    last = &(*last)->next;
  message->next = NULL;
  message->sent = 0;
  *last = message;
  send_outgoing(handle);
}

void send_outgoing(struct libusb_device_handle *handle) {
  while (handle->outgoing && !handle->gone) {
    struct message *message = handle->outgoing;
    struct iovec parts[2];
    struct msghdr header = {.msg_iov = parts};
    size_t head = sizeof message->frame;
    if (message->sent < head)
      parts[header.msg_iovlen++] = (struct iovec){(char *)&message->frame + message->sent, head - message->sent};
    size_t skipped = message->sent < head ? 0 : message->sent - head;
    if (skipped < message->frame.payload)
      parts[header.msg_iovlen++] =
          (struct iovec){(char *)message->payload + skipped, message->frame.payload - skipped};
    ssize_t count = sendmsg(handle->socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR)
      continue;
    /* A device that hung up may have said something before; reading finds the end. */
    if (count < 0)
      return;
    message->sent += (size_t)count;
    if (message->sent == head + message->frame.payload)
      finish_message(handle);
  }
}

static enum libusb_transfer_status status_of(const struct transfer *transfer, uint16_t status) {
  switch (status) {
  case VIRTUAL_USB_COMPLETED:
    if (transfer->common.flags & LIBUSB_TRANSFER_SHORT_NOT_OK && transfer->common.type != LIBUSB_TRANSFER_TYPE_CONTROL
        && transfer->common.actual_length < transfer->common.length)
      return LIBUSB_TRANSFER_ERROR;
    return LIBUSB_TRANSFER_COMPLETED;
  case VIRTUAL_USB_STALLED:
    return LIBUSB_TRANSFER_STALL;
  case VIRTUAL_USB_CANCELLED:
    return transfer->timed_out ? LIBUSB_TRANSFER_TIMED_OUT : LIBUSB_TRANSFER_CANCELLED;
  case VIRTUAL_USB_OVERFLOWED:
    return LIBUSB_TRANSFER_OVERFLOW;
  default:
    return LIBUSB_TRANSFER_ERROR;
  }
}

static struct transfer *find_transfer(struct libusb_device_handle *handle, uint32_t id) {
  struct transfer *transfer = handle->transfers;
  while (transfer && transfer->submission.frame.id != id)
    transfer = transfer->next;
  return transfer;
}

/* A whole frame is here. */
static void take_frame(struct libusb_device_handle *handle, struct transfer *transfer) {
  const struct virtual_usb_frame *frame = &handle->incoming;
  if (frame->kind != VIRTUAL_USB_DONE)
    return;
  if (transfer) {
    if (frame->length > 0 && frame->length <= (uint32_t)transfer->common.length)
      transfer->common.actual_length = (int)frame->length;
    end_transfer(handle, transfer, status_of(transfer, frame->status));
    return;
  }
  for (struct request **place = &handle->requests; *place; place = &(*place)->next) {
    struct request *request = *place;
    if (request->message.frame.id != frame->id)
      continue;
    *place = request->next;
    request->status = frame->status;
    __atomic_store_n(&request->done, 1, __ATOMIC_RELEASE);
    return;
  }
}

void receive_incoming(struct libusb_device_handle *handle) {
  struct virtual_usb_frame *frame = &handle->incoming;
  while (!handle->gone) {
    void *place;
    size_t wanted;
    struct transfer *transfer = NULL;
    if (handle->received < sizeof *frame) {
      place = (char *)frame + handle->received;
      wanted = sizeof *frame - handle->received;
    } else {
      size_t taken = handle->received - sizeof *frame;
      transfer = find_transfer(handle, frame->id);
      if (taken == frame->payload) {
        handle->received = 0;
        take_frame(handle, transfer);
        continue;
      }
      wanted = frame->payload - taken;
      size_t skip = transfer && transfer->common.type == LIBUSB_TRANSFER_TYPE_CONTROL ? LIBUSB_CONTROL_SETUP_SIZE : 0;
      /* Bytes that no transfer has room for: the other end is no virtual device. */
      if (!transfer || wanted > (size_t)transfer->common.length - skip - (size_t)transfer->common.actual_length) {
        lose_device(handle);
        return;
      }
      place = transfer->common.buffer + skip + transfer->common.actual_length;
    }
    ssize_t count = recv(handle->socket, place, wanted, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 && errno == EAGAIN)
      return;
    if (count <= 0) {
      lose_device(handle);
      return;
    }
    handle->received += (size_t)count;
    if (transfer)
      transfer->common.actual_length += (int)count;
  }
}
