/* Records what a process writes below $RECORDED_FOLDER, in order, into $RECORD: what was written, cut, synced, renamed, removed.
   Preloaded into the real program, so that a power cut can be played at any moment of the recording, as often as wanted.
   One record: op (1 byte), length of the path (2), the path, offset (8), length of the data (8), the data. Host byte order. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
enum op { WRITE = 'w', TRUNCATE = 't', SYNC = 's', REMOVE = 'r', RENAME = 'm', CREATE = 'c' };

static char *paths[FILES]; /* of the open files that are recorded, by descriptor */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    folder = getenv("RECORDED_FOLDER");
    const char *target = getenv("RECORD");
    if (folder && target) record = syscall(SYS_openat, AT_FDCWD, target, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

static int is_recorded(const char *path) {
    if (record < 0 || !path || strncmp(path, folder, strlen(folder))) return 0;
    size_t length = strlen(path);
    return length < 4 || strcmp(path + length - 4, "-shm"); /* shared memory is made anew after a crash */
}

static void put(enum op op, const char *path, int64_t offset, const void *data, int64_t length) {
    char kind = op;
    uint16_t path_length = strlen(path);
    struct iovec parts[] = {{&kind, 1}, {&path_length, 2}, {(void *)path, path_length}, {&offset, 8}, {&length, 8}, {(void *)data, length}};
    syscall(SYS_writev, record, parts, 6);
}

static const char *path_of(int fd) { return fd >= 0 && fd < FILES ? paths[fd] : 0; }

static int opened(int fd, const char *path, int flags, int was_there) {
    if (fd >= 0 && fd < FILES && is_recorded(path) && (flags & O_ACCMODE) != O_RDONLY) {
        paths[fd] = strdup(path);
        if (!was_there) put(CREATE, path, 0, "", 0);
        if (flags & O_TRUNC) put(TRUNCATE, path, 0, "", 0);
    }
    return fd;
}

static int open_at(int folder_fd, const char *path, int flags, mode_t mode) {
    pthread_mutex_lock(&lock);
    int was_there = syscall(SYS_faccessat, folder_fd, path, F_OK) == 0;
    int fd = opened(syscall(SYS_openat, folder_fd, path, flags, mode), path, flags, was_there);
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }
int open(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_at(at, path, flags, mode); }

int close(int fd) {
    pthread_mutex_lock(&lock);
    if (path_of(fd)) { free(paths[fd]); paths[fd] = 0; }
    int done = syscall(SYS_close, fd);
    pthread_mutex_unlock(&lock);
    return done;
}

/* What is recorded is written under the lock: the record's order is the order of the writes. */
static ssize_t write_at(int fd, const void *data, size_t length, int64_t offset, int is_positioned) {
    const char *path = path_of(fd);
    if (!path) return is_positioned ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    pthread_mutex_lock(&lock);
    if (!is_positioned) {
        struct stat status;
        int appends = fcntl(fd, F_GETFL) & O_APPEND;
        offset = appends && fstat(fd, &status) == 0 ? status.st_size : syscall(SYS_lseek, fd, 0, SEEK_CUR);
    }
    ssize_t done = is_positioned ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    if (done > 0) put(WRITE, path, offset, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t length) { return write_at(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return write_at(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return write_at(fd, data, length, offset, 1); }

static int cut(int fd, int64_t length) {
    pthread_mutex_lock(&lock);
    int done = syscall(SYS_ftruncate, fd, length);
    if (done == 0 && path_of(fd)) put(TRUNCATE, path_of(fd), length, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

/* A sync is recorded when it has ended; what is written meanwhile by another thread comes before it in the record and counts as
   synced though it may not be. Nothing here does that: each file has one writer. */
static int sync_file(long call, int fd) {
    int done = syscall(call, fd);
    pthread_mutex_lock(&lock);
    if (done == 0 && path_of(fd)) put(SYNC, path_of(fd), 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int fsync(int fd) { return sync_file(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_file(SYS_fdatasync, fd); }

int unlink(const char *path) {
    pthread_mutex_lock(&lock);
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (done == 0 && is_recorded(path)) put(REMOVE, path, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int rename(const char *from, const char *to) {
    pthread_mutex_lock(&lock);
    int done = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0 && is_recorded(to)) put(RENAME, from, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return done;
}
