/* A machine whose clock and whose disk can be wrong, put before the C library of the program (LD_PRELOAD).
 *
 * The story steers it through a shared file of four numbers. What the program writes into its SQLite file and
 * the log beside it is kept in a file of its own (.undo) until it was synced. A sync that is to fail loses what it
 * should have kept, as Linux may; and when the program starts again, whatever was not synced when it was killed is
 * gone, as after a power cut. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct steering {
  int64_t clock_s;       /* added to the time of day */
  int64_t syncs_to_fail; /* how many of the next syncs fail */
  int64_t syncs_failed;
  int64_t writes_lost; /* by failed syncs and power cuts */
};

struct undo {
  int64_t offset, length, old_size; /* and then the bytes that were there */
};

static struct steering *steering;
static const char *database;
static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;

/* The C library's own functions for opening are not replaced here, but these are needed while they are set up. */
static ssize_t plainly_write(int fd, const void *bytes, size_t n) { return syscall(SYS_write, fd, bytes, n); }

/* Writes the path of the undo file for a descriptor of the database or its log; 0 if it is neither. */
static int undo_path(int fd, char *path, size_t room) {
  char link[64];
  struct stat is;
  if (!steering || !database || fstat(fd, &is) != 0 || !S_ISREG(is.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, room - 8);
  if (n <= 0) return 0;
  path[n] = 0;
  size_t own = strlen(database);
  if (strncmp(path, database, own) != 0) return 0;
  if (path[own] != 0 && strcmp(path + own, "-wal") != 0) return 0;
  strcat(path, ".undo");
  return 1;
}

/* Keeps what stands between two places of a file, before it is overwritten or cut off. */
static void keep(int fd, off_t from, off_t to) {
  char path[4096];
  struct stat is;
  if (!undo_path(fd, path, sizeof path) || fstat(fd, &is) != 0) return;
  off_t end = to < is.st_size ? to : is.st_size;
  struct undo head = {from, end > from ? end - from : 0, is.st_size};
  char *record = malloc(sizeof head + (size_t)head.length);
  memcpy(record, &head, sizeof head);
  if (head.length > 0 && pread(fd, record + sizeof head, (size_t)head.length, from) != head.length) abort();
  int undo = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  size_t size = sizeof head + (size_t)head.length;
  if (undo < 0 || plainly_write(undo, record, size) != (ssize_t)size) abort();
  close(undo);
  free(record);
}

/* Takes back whatever was written to a file since it was synced, the last first. */
static void take_back(const char *file) {
  char path[4096];
  struct stat is;
  snprintf(path, sizeof path, "%s.undo", file);
  int undo = open(path, O_RDWR | O_CLOEXEC);
  if (undo < 0) return;
  int to = open(file, O_WRONLY | O_CLOEXEC);
  if (fstat(undo, &is) != 0) abort();
  char *all = malloc((size_t)is.st_size + 1);
  if (pread(undo, all, (size_t)is.st_size, 0) != is.st_size) abort();
  size_t *starts = malloc(((size_t)is.st_size / sizeof(struct undo) + 1) * sizeof *starts);
  size_t n = 0;
  for (size_t at = 0; at + sizeof(struct undo) <= (size_t)is.st_size;) {
    struct undo head;
    memcpy(&head, all + at, sizeof head);
    size_t next = at + sizeof head + (size_t)head.length;
    /* The last record may have been cut by the kill; then the write was never made. */
    if (next > (size_t)is.st_size) break;
    starts[n++] = at;
    at = next;
  }
  while (to >= 0 && n-- > 0) {
    struct undo head;
    memcpy(&head, all + starts[n], sizeof head);
    const char *bytes = all + starts[n] + sizeof head;
    if (syscall(SYS_pwrite64, to, bytes, (size_t)head.length, head.offset) != head.length) abort();
    if (syscall(SYS_ftruncate, to, head.old_size) != 0) abort();
    __atomic_add_fetch(&steering->writes_lost, 1, __ATOMIC_SEQ_CST);
  }
  if (syscall(SYS_ftruncate, undo, 0) != 0) abort();
  if (to >= 0) close(to);
  close(undo);
  free(starts);
  free(all);
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("MACHINE_STEERING");
  database = getenv("MACHINE_DATABASE");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof *steering, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map == MAP_FAILED) return;
  steering = map;
  if (database) {
    char beside[4096];
    snprintf(beside, sizeof beside, "%s-wal", database);
    take_back(beside);
    take_back(database);
    snprintf(beside, sizeof beside, "%s-shm", database);
    unlink(beside);
  }
}

static int synced(long call, int fd) {
  char path[4096];
  pthread_mutex_lock(&disk);
  int outcome, is_ours = undo_path(fd, path, sizeof path);
  int64_t left = is_ours ? __atomic_load_n(&steering->syncs_to_fail, __ATOMIC_SEQ_CST) : 0;
  if (left > 0) {
    __atomic_sub_fetch(&steering->syncs_to_fail, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&steering->syncs_failed, 1, __ATOMIC_SEQ_CST);
    path[strlen(path) - strlen(".undo")] = 0;
    take_back(path);
    errno = EIO;
    outcome = -1;
  } else {
    outcome = (int)syscall(call, fd);
    if (outcome == 0 && is_ours) unlink(path);
  }
  pthread_mutex_unlock(&disk);
  return outcome;
}

int fsync(int fd) { return synced(SYS_fsync, fd); }
int fdatasync(int fd) { return synced(SYS_fdatasync, fd); }

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
  pthread_mutex_lock(&disk);
  keep(fd, at, at + (off_t)n);
  ssize_t written = syscall(SYS_pwrite64, fd, bytes, n, at);
  pthread_mutex_unlock(&disk);
  return written;
}
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return pwrite64(fd, bytes, n, at); }

ssize_t write(int fd, const void *bytes, size_t n) {
  struct stat is;
  if (!steering || !database || fstat(fd, &is) != 0 || !S_ISREG(is.st_mode)) return plainly_write(fd, bytes, n);
  pthread_mutex_lock(&disk);
  off_t at = lseek(fd, 0, SEEK_CUR);
  keep(fd, at, at + (off_t)n);
  ssize_t written = plainly_write(fd, bytes, n);
  pthread_mutex_unlock(&disk);
  return written;
}

int ftruncate64(int fd, off64_t size) {
  pthread_mutex_lock(&disk);
  struct stat is;
  if (fstat(fd, &is) == 0) keep(fd, size, is.st_size);
  int outcome = (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_unlock(&disk);
  return outcome;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int64_t wrong_by(void) { return steering ? __atomic_load_n(&steering->clock_s, __ATOMIC_SEQ_CST) : 0; }

int clock_gettime(clockid_t which, struct timespec *at) {
  int outcome = (int)syscall(SYS_clock_gettime, which, at);
  if (outcome == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) at->tv_sec += wrong_by();
  return outcome;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
