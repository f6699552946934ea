/* The sockets between a program and a virtual device. */

#include "virtual_usb.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

/* Room for a whole 1 MiB transfer without a wait in between, where the system allows it. */
static const int buffer_size = 1 << 20;

/* Makes a socket and its address, short however long `ports` is: a Unix socket's path has room for 107 bytes only. */
static int prepare(const char *ports, const char *name, struct sockaddr_un *address, int *folder) {
  *folder = open(ports, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*folder < 0)
    return -1;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/%s", *folder, name);
  int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) {
    close(*folder);
    return -1;
  }
  setsockopt(made, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  return made;
}

static int finish(int made, int folder, bool failed) {
  int error = errno;
  close(folder);
  if (failed)
    close(made);
  errno = error;
  return failed ? -1 : made;
}

int virtual_usb_listen(const char *ports, const char *name) {
  struct sockaddr_un address;
  int folder;
  int made = prepare(ports, name, &address, &folder);
  if (made < 0)
    return -1;
  bool failed = bind(made, (struct sockaddr *)&address, sizeof address) != 0 || listen(made, 16) != 0;
  return finish(made, folder, failed);
}

int virtual_usb_connect(const char *ports, const char *name) {
  struct sockaddr_un address;
  int folder;
  int made = prepare(ports, name, &address, &folder);
  if (made < 0)
    return -1;
  bool failed =
      connect(made, (struct sockaddr *)&address, sizeof address) != 0 || fcntl(made, F_SETFL, O_NONBLOCK) != 0;
  return finish(made, folder, failed);
}

int virtual_usb_accept(int listener) {
  int made = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (made >= 0)
    setsockopt(made, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  return made;
}

int virtual_usb_signal_peer(int connection, int signal) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
    return -1;
  errno = 0;
  return peer.pid == getpid() ? -1 : kill(peer.pid, signal);
}

int virtual_usb_send(int connection, const struct virtual_usb_frame *frame, const void *payload) {
  size_t sent = 0, total = sizeof *frame + frame->payload;
  while (sent < total) {
    struct iovec parts[2];
    struct msghdr message = {.msg_iov = parts};
    if (sent < sizeof *frame)
      parts[message.msg_iovlen++] = (struct iovec){(char *)frame + sent, sizeof *frame - sent};
    size_t skipped = sent < sizeof *frame ? 0 : sent - sizeof *frame;
    if (skipped < frame->payload)
      parts[message.msg_iovlen++] = (struct iovec){(char *)payload + skipped, frame->payload - skipped};
    ssize_t count = sendmsg(connection, &message, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR)
        continue;
      return -1;
    }
    sent += (size_t)count;
  }
  return 0;
}

int virtual_usb_receive(int connection, void *bytes, size_t count) {
  while (count > 0) {
    ssize_t got = recv(connection, bytes, count, MSG_WAITALL);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      if (got == 0)
        errno = 0;
      return -1;
    }
    bytes = (char *)bytes + got;
    count -= (size_t)got;
  }
  return 0;
}
