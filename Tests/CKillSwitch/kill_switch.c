#include "kill_switch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long changes;
static atomic_long limit = -1;

static void before_change(void) {
  if (limit < 0) {
    const char *text = getenv("KILL_SWITCH_AT");
    limit = text ? atol(text) : 0;
  }
  if (atomic_fetch_add(&changes, 1) + 1 != limit) return;
  kill(getpid(), SIGKILL);
  pause();
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("KILL_SWITCH_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", changes);
  fclose(file);
}

/* Appends what is done to which path to the log: below a folder that is open, where there is a name. */
static void note(const char *what, int file, const char *name) {
  const char *log = getenv("KILL_SWITCH_LOG");
  if (!log) return;
  char link[64], path[4096], line[8400];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  int count = snprintf(line, sizeof line, "%s %s%s%s\n", what, path, name ? "/" : "", name ? name : "");
  int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) return;
  if (write(out, line, count < (int)sizeof line ? count : (int)sizeof line - 1) < 0) abort();
  close(out);
}

/* A function of the C library under its own name, which kills where it is time, and else calls the next one of it. */
#define CHANGE(result, name, parameters, arguments) NOTED_CHANGE(result, name, parameters, arguments, (void)0)
#define NOTED_CHANGE(result, name, parameters, arguments, noting) \
  result name parameters {                                \
    static result(*next) parameters;                      \
    if (!next) next = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
    before_change();                                      \
    noting;                                               \
    return next arguments;                                \
  }

NOTED_CHANGE(int, fsync, (int file), (file), note("fsync", file, NULL))
CHANGE(int, fdatasync, (int file), (file))
CHANGE(int, ftruncate, (int file, off_t size), (file, size))
CHANGE(int, ftruncate64, (int file, off64_t size), (file, size))
CHANGE(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at))
CHANGE(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at))
CHANGE(int, rename, (const char *from, const char *to), (from, to))
CHANGE(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
CHANGE(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
CHANGE(int, unlink, (const char *path), (path))
NOTED_CHANGE(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags),
             note("unlinkat", folder, name))
CHANGE(int, rmdir, (const char *path), (path))
CHANGE(int, mkdir, (const char *path, mode_t mode), (path, mode))
CHANGE(int, mkdirat, (int folder, const char *name, mode_t mode), (folder, name, mode))
CHANGE(int, symlinkat, (const char *target, int folder, const char *name), (target, folder, name))
CHANGE(int, futimens, (int file, const struct timespec times[2]), (file, times))
CHANGE(int, utimensat, (int folder, const char *name, const struct timespec times[2], int flags),
       (folder, name, times, flags))
CHANGE(int, fchmod, (int file, mode_t mode), (file, mode))
CHANGE(int, setxattr, (const char *path, const char *name, const void *value, size_t size, int flags),
       (path, name, value, size, flags))
CHANGE(int, lsetxattr, (const char *path, const char *name, const void *value, size_t size, int flags),
       (path, name, value, size, flags))
CHANGE(int, fsetxattr, (int file, const char *name, const void *value, size_t size, int flags),
       (file, name, value, size, flags))

/* Our own renaming that replaces nothing has no function in older C libraries. */
long syscall(long number, ...) {
  static long (*next)(long, ...);
  if (!next) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  if (number == SYS_renameat2) before_change();
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
