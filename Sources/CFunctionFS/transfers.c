/* Linux's asynchronous I/O, because nothing else can give up a transfer on a FunctionFS endpoint from another thread
 * without a race: a signal may come just before the read that it should interrupt. Phones do the same. */
#include "functionfs.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int functionfs_open_queue(struct functionfs_queue *queue) {
  queue->context = 0;
  queue->ended = eventfd(0, EFD_CLOEXEC);
  if (queue->ended < 0)
    return -errno;
  if (syscall(SYS_io_setup, 1, &queue->context) == 0)
    return 0;
  int error = errno;
  close(queue->ended);
  return -error;
}

int functionfs_open_wake(void) {
  int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return wake < 0 ? -errno : wake;
}

void functionfs_wake(int wake) { eventfd_write(wake, 1); }

void functionfs_clear_wake(int wake) {
  eventfd_t count;
  /* Fails where there is nothing to set back. */
  eventfd_read(wake, &count);
}

/* Waits for the end of the one transfer that is under way. */
static long result_of(const struct functionfs_queue *queue) {
  struct io_event event;
  long count;
  do count = syscall(SYS_io_getevents, queue->context, 1L, 1L, &event, NULL);
  while (count < 0 && errno == EINTR);
  /* Set back for the next transfer. */
  eventfd_t ends;
  eventfd_read(queue->ended, &ends);
  return count == 1 ? (long)event.res : -EIO;
}

static long transfer(const struct functionfs_queue *queue, struct iocb *request, int wake) {
  request->aio_flags = IOCB_FLAG_RESFD;
  request->aio_resfd = (uint32_t)queue->ended;
  if (syscall(SYS_io_submit, queue->context, 1L, &request) != 1)
    return -errno;

  struct pollfd watched[] = {{.fd = queue->ended, .events = POLLIN}, {.fd = wake, .events = POLLIN}};
  while (poll(watched, 2, -1) < 0 && errno == EINTR) {}
  if (watched[0].revents)
    return result_of(queue);
  struct io_event unused;
  /* Fails where the transfer has just ended by itself. Its end is reported in either case. */
  syscall(SYS_io_cancel, queue->context, request, &unused);
  long result = result_of(queue);
  return result >= 0 ? result : -ECANCELED;
}

long functionfs_read(const struct functionfs_queue *queue, int endpoint, void *bytes, size_t size, int wake) {
  struct iocb request = {
      .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (uint32_t)endpoint, .aio_buf = (uintptr_t)bytes, .aio_nbytes = size};
  return transfer(queue, &request, wake);
}

long functionfs_write(const struct functionfs_queue *queue, int endpoint, const void *bytes, size_t size, int wake) {
  struct iocb request = {
      .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (uint32_t)endpoint, .aio_buf = (uintptr_t)bytes, .aio_nbytes = size};
  return transfer(queue, &request, wake);
}
