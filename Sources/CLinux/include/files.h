/* Files: each call returns 0 or more on success, the negative errno otherwise, and is made again after EINTR. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

struct linux_time {
  int64_t seconds;
  uint32_t nanoseconds;
};

/* What statx(2) tells of a file. */
struct linux_status {
  uint32_t mode;
  uint64_t inode;
  uint64_t size;   /* in bytes */
  uint64_t blocks; /* of 512 bytes, as allocated */
  uint64_t device; /* as st_dev */
  struct linux_time modified;
  struct linux_time accessed;
  struct linux_time created;
  bool has_created;
  bool is_mount_root;    /* something is mounted here: a file system, or a folder or file of one */
  bool tells_mount_root; /* Linux 5.8 */
};

/* What statfs(2) tells of a file system. */
struct linux_volume {
  uint64_t type;       /* the magic number, statfs(2) */
  uint64_t identifier; /* f_fsid */
  uint64_t block_size; /* in bytes */
  uint64_t blocks;
  uint64_t free;      /* blocks that nothing is in */
  uint64_t available; /* those of them that anyone may fill */
  uint64_t name_length;
  bool read_only;
};

extern const int linux_o_path;
extern const int linux_seek_data;
extern const int linux_no_atime;
extern const int linux_seek_hole;

/* Opens `path` below the folder `dir`; no component may be a symbolic link or lead out (openat2, Linux 5.6). */
int linux_open_beneath(int dir, const char *path, int flags, unsigned mode);
/* openat(2), never following a link in the last component, closed on exec. */
int linux_open_at(int dir, const char *name, int flags, unsigned mode);
/* The status of `name` itself in `dir`; of the open `dir` where `name` is empty. Follows no link. */
int linux_status_at(int dir, const char *name, struct linux_status *status);
int linux_volume_of(int file, struct linux_volume *volume);
/* The next records of an open folder, getdents64(2); 0 at the end. */
long linux_entries(int dir, void *buffer, size_t size);
/* Renames, where the new name must be free (RENAME_NOREPLACE). */
int linux_rename_new(int from_dir, const char *from, int to_dir, const char *to);
/* Sets both times of the open `file`, or of `name` itself in the folder `file`. */
int linux_set_times(int file, struct linux_time accessed, struct linux_time modified);
int linux_set_modified_at(int dir, const char *name, struct linux_time modified);
int linux_sync_volume(int file);
/* The parts of a device number. */
unsigned linux_major(uint64_t device);
unsigned linux_minor(uint64_t device);
/* The kernel's own time zone, by which it reads FAT: minutes west of Greenwich. 0 where nobody has set it. */
long linux_minutes_west(void);
/* Whether names in the open folder are compared without case (FS_CASEFOLD_FL of ext4, f2fs, tmpfs): 1 or 0. */
int linux_folds_case(int dir);
/* An extended attribute of `name` itself in the folder `dir`, through /proc: no file is opened, no link followed. */
long linux_get_attribute_at(int dir, const char *name, const char *attribute, void *value, size_t size);
/* The names of them all, each ended by a NUL. */
long linux_list_attributes_at(int dir, const char *name, char *names, size_t size);
int linux_set_attribute_at(int dir, const char *name, const char *attribute, const void *value, size_t size);
/* The same of what a path names. */
long linux_get_attribute(const char *path, const char *attribute, void *value, size_t size);
int linux_set_attribute(const char *path, const char *attribute, const void *value, size_t size);
