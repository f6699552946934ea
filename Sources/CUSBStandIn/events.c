/* Whoever waits handles the events of all devices of a context, one thread at a time. */

#include "standin.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static const int64_t second = 1000000000;

int64_t monotonic_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * second + time.tv_nsec;
}

void wake_handler(struct libusb_context *context) { eventfd_write(context->wake, 1); }

/* Waits until a thread stops handling events. Returns false at the deadline (0: none). */
static bool wait_for_change(struct libusb_context *context, int64_t deadline) {
  if (deadline == 0)
    return pthread_cond_wait(&context->changed, &context->lock) == 0;
  struct timespec time = {deadline / second, deadline % second};
  return pthread_cond_timedwait(&context->changed, &context->lock, &time) == 0;
}

/* Whether this thread runs a callback; the lock is held. */
static bool handles_events(const struct libusb_context *context) {
  return context->handling && pthread_equal(context->handler, pthread_self());
}

bool in_callback(struct libusb_context *context) {
  pthread_mutex_lock(&context->lock);
  bool result = handles_events(context);
  pthread_mutex_unlock(&context->lock);
  return result;
}

void stop_events(struct libusb_context *context) {
  if (handles_events(context))
    return;
  context->closing += 1;
  while (context->handling) {
    wake_handler(context);
    wait_for_change(context, 0);
  }
}

void resume_events(struct libusb_context *context) {
  if (handles_events(context))
    return;
  context->closing -= 1;
  pthread_cond_broadcast(&context->changed);
}

static int64_t earliest(int64_t one, int64_t other) {
  if (one == 0 || other == 0)
    return one + other;
  return one < other ? one : other;
}

/* Asks for the end of what has timed out. Returns the next deadline, 0 if there is none. */
static int64_t expire(struct libusb_context *context) {
  int64_t next = 0, time = monotonic_now();
  for (struct libusb_device_handle *handle = context->handles; handle; handle = handle->next)
    for (struct transfer *transfer = handle->transfers; transfer; transfer = transfer->next) {
      if (transfer->deadline == 0 || transfer->cancelling)
        continue;
      if (transfer->deadline > time)
        next = earliest(next, transfer->deadline);
      else if (ask_to_cancel(handle, transfer))
        transfer->timed_out = true;
    }
  return next;
}

static int milliseconds_until(int64_t deadline) {
  if (deadline == 0)
    return -1;
  int64_t left = deadline - monotonic_now();
  if (left <= 0)
    return 0;
  left = (left + 999999) / 1000000;
  return left > 60000 ? 60000 : (int)left;
}

/* Waits until something arrives, or until the deadline, and takes it. The lock is let go while it waits. */
static int poll_once(struct libusb_context *context, int64_t deadline) {
  nfds_t count = 1;
  for (struct libusb_device_handle *handle = context->handles; handle; handle = handle->next)
    count += !handle->gone;
  struct pollfd *polled = calloc(count, sizeof *polled);
  struct libusb_device_handle **owners = calloc(count, sizeof *owners);
  if (!polled || !owners) {
    free(polled);
    free(owners);
    return LIBUSB_ERROR_NO_MEM;
  }
  polled[0] = (struct pollfd){context->wake, POLLIN, 0};
  nfds_t at = 1;
  for (struct libusb_device_handle *handle = context->handles; handle; handle = handle->next) {
    if (handle->gone)
      continue;
    polled[at] = (struct pollfd){handle->socket, (short)(handle->outgoing ? POLLIN | POLLOUT : POLLIN), 0};
    owners[at++] = handle;
  }
  pthread_mutex_unlock(&context->lock);
  int ready = poll(polled, count, milliseconds_until(deadline));
  int error = errno;
  pthread_mutex_lock(&context->lock);
  eventfd_t wakes;
  if (ready > 0 && polled[0].revents)
    eventfd_read(context->wake, &wakes);
  /* No handle is closed in between: closing waits for the end of this, see stop_events. */
  for (at = 1; ready > 0 && at < count; at++) {
    if (polled[at].revents & POLLOUT)
      send_outgoing(owners[at]);
    if (polled[at].revents & ~POLLOUT)
      receive_incoming(owners[at]);
  }
  free(polled);
  free(owners);
  return ready < 0 ? (error == EINTR ? LIBUSB_ERROR_INTERRUPTED : LIBUSB_ERROR_IO) : LIBUSB_SUCCESS;
}

/* Runs the callbacks of what has ended, without the lock: they may submit, cancel, free and close. */
static void call_back(struct libusb_context *context) {
  while (context->ended) {
    struct transfer *transfer = context->ended;
    struct libusb_transfer *common = &transfer->common;
    context->ended = transfer->next;
    transfer->in_flight = false;
    bool last = common->flags & LIBUSB_TRANSFER_FREE_TRANSFER;
    pthread_mutex_unlock(&context->lock);
    if (common->callback)
      common->callback(common);
    if (last)
      libusb_free_transfer(common);
    pthread_mutex_lock(&context->lock);
  }
}

int handle_events_until(struct libusb_context *context, int64_t deadline, int *completed) {
  int status = LIBUSB_SUCCESS;
  pthread_mutex_lock(&context->lock);
  if (handles_events(context)) {
    pthread_mutex_unlock(&context->lock);
    return LIBUSB_ERROR_BUSY;
  }
  if (completed && __atomic_load_n(completed, __ATOMIC_ACQUIRE)) {
    pthread_mutex_unlock(&context->lock);
    return LIBUSB_SUCCESS;
  }
  if (context->handling || context->closing) {
    wait_for_change(context, deadline);
  } else {
    context->handling = true;
    context->handler = pthread_self();
    int64_t next = expire(context);
    if (context->interrupted || context->ended)
      next = 1;
    context->interrupted = false;
    status = poll_once(context, earliest(deadline, next));
    expire(context);
    call_back(context);
    context->handling = false;
    pthread_cond_broadcast(&context->changed);
  }
  pthread_mutex_unlock(&context->lock);
  return status;
}

int libusb_handle_events_timeout_completed(libusb_context *context, struct timeval *time, int *completed) {
  if (time->tv_sec < 0 || time->tv_usec < 0 || time->tv_usec >= 1000000)
    return LIBUSB_ERROR_INVALID_PARAM;
  int64_t deadline = monotonic_now() + time->tv_sec * second + time->tv_usec * 1000;
  return handle_events_until(context_or_default(context), deadline, completed);
}

int libusb_handle_events_timeout(libusb_context *context, struct timeval *time) {
  return libusb_handle_events_timeout_completed(context, time, NULL);
}

int libusb_handle_events_completed(libusb_context *context, int *completed) {
  return handle_events_until(context_or_default(context), monotonic_now() + 60 * second, completed);
}

int libusb_handle_events(libusb_context *context) { return libusb_handle_events_completed(context, NULL); }

void libusb_interrupt_event_handler(libusb_context *context) {
  context = context_or_default(context);
  pthread_mutex_lock(&context->lock);
  context->interrupted = true;
  pthread_mutex_unlock(&context->lock);
  wake_handler(context);
}
