#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif
#ifndef FS_CASEFOLD_FL
#define FS_CASEFOLD_FL 0x40000000
#endif

/* Runs a call again while a signal interrupts it; its result, or the negative errno. */
#define RETRY(call)                                      \
  ({                                                     \
    long result_;                                        \
    do result_ = (call);                                 \
    while (result_ == -1 && errno == EINTR);             \
    result_ == -1 ? -(long)errno : result_;              \
  })

const int linux_o_path = O_PATH;
const int linux_seek_data = SEEK_DATA;
const int linux_no_atime = O_NOATIME;
const int linux_seek_hole = SEEK_HOLE;

int linux_open_beneath(int dir, const char *path, int flags, unsigned mode) {
  struct open_how how = {
    .flags = (unsigned)flags | O_CLOEXEC | O_NOFOLLOW,
    .mode = mode,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
  };
  return (int)RETRY(syscall(SYS_openat2, dir, path, &how, sizeof how));
}

int linux_open_at(int dir, const char *name, int flags, unsigned mode) {
  return (int)RETRY(openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, mode));
}

int linux_status_at(int dir, const char *name, struct linux_status *status) {
  struct statx from;
  int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
  long result = RETRY(statx(dir, name, flags, STATX_BASIC_STATS | STATX_BTIME, &from));
  if (result < 0) return (int)result;
  *status = (struct linux_status){
    .mode = from.stx_mode,
    .inode = from.stx_ino,
    .size = from.stx_size,
    .blocks = from.stx_blocks,
    .device = makedev(from.stx_dev_major, from.stx_dev_minor),
    .modified = {from.stx_mtime.tv_sec, from.stx_mtime.tv_nsec},
    .accessed = {from.stx_atime.tv_sec, from.stx_atime.tv_nsec},
    .created = {from.stx_btime.tv_sec, from.stx_btime.tv_nsec},
    .has_created = from.stx_mask & STATX_BTIME,
    .is_mount_root = from.stx_attributes & STATX_ATTR_MOUNT_ROOT,
    .tells_mount_root = from.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT,
  };
  return 0;
}

int linux_volume_of(int file, struct linux_volume *volume) {
  struct statfs from;
  long result = RETRY(fstatfs(file, &from));
  if (result < 0) return (int)result;
  *volume = (struct linux_volume){
    .type = (uint64_t)from.f_type & 0xffffffff,
    .block_size = (uint64_t)(from.f_frsize ? from.f_frsize : from.f_bsize),
    .blocks = from.f_blocks,
    .free = from.f_bfree,
    .available = from.f_bavail,
    .name_length = (uint64_t)from.f_namelen,
    .read_only = from.f_flags & ST_RDONLY,
  };
  memcpy(&volume->identifier, &from.f_fsid, sizeof volume->identifier);
  return 0;
}

long linux_entries(int dir, void *buffer, size_t size) {
  return RETRY(syscall(SYS_getdents64, dir, buffer, size));
}

int linux_rename_new(int from_dir, const char *from, int to_dir, const char *to) {
  return (int)RETRY(syscall(SYS_renameat2, from_dir, from, to_dir, to, RENAME_NOREPLACE));
}

int linux_set_times(int file, struct linux_time accessed, struct linux_time modified) {
  struct timespec times[2] = {
    {accessed.seconds, accessed.nanoseconds},
    {modified.seconds, modified.nanoseconds},
  };
  return (int)RETRY(futimens(file, times));
}

int linux_set_modified_at(int dir, const char *name, struct linux_time modified) {
  struct timespec times[2] = {{0, UTIME_OMIT}, {modified.seconds, modified.nanoseconds}};
  return (int)RETRY(utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW));
}

int linux_sync_volume(int file) { return (int)RETRY(syncfs(file)); }

unsigned linux_major(uint64_t device) { return major(device); }
unsigned linux_minor(uint64_t device) { return minor(device); }

long linux_minutes_west(void) {
  /* glibc's gettimeofday always says 0. */
  struct timezone zone = {0, 0};
  return syscall(SYS_gettimeofday, NULL, &zone) == 0 ? zone.tz_minuteswest : 0;
}

int linux_folds_case(int dir) {
  int flags = 0;
  long result = RETRY(ioctl(dir, FS_IOC_GETFLAGS, &flags));
  return result < 0 ? (int)result : (flags & FS_CASEFOLD_FL) != 0;
}

/* Writes the path by which /proc shows `name` in the folder `dir`; false if there is no room. */
static bool path_of(int dir, const char *name, char *path, size_t size) {
  int length = snprintf(path, size, "/proc/self/fd/%d/%s", dir, name);
  return length > 0 && (size_t)length < size;
}

long linux_get_attribute_at(int dir, const char *name, const char *attribute, void *value, size_t size) {
  char path[1024];
  if (!path_of(dir, name, path, sizeof path)) return -ENAMETOOLONG;
  return RETRY(lgetxattr(path, attribute, value, size));
}

long linux_get_attribute(const char *path, const char *attribute, void *value, size_t size) {
  return RETRY(lgetxattr(path, attribute, value, size));
}

int linux_set_attribute(const char *path, const char *attribute, const void *value, size_t size) {
  return (int)RETRY(lsetxattr(path, attribute, value, size, 0));
}

long linux_list_attributes_at(int dir, const char *name, char *names, size_t size) {
  char path[1024];
  if (!path_of(dir, name, path, sizeof path)) return -ENAMETOOLONG;
  return RETRY(llistxattr(path, names, size));
}

int linux_set_attribute_at(int dir, const char *name, const char *attribute, const void *value, size_t size) {
  char path[1024];
  if (!path_of(dir, name, path, sizeof path)) return -ENAMETOOLONG;
  return (int)RETRY(lsetxattr(path, attribute, value, size, 0));
}
