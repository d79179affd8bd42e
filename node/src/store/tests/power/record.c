/* Writes down, in order, what a process does to the files below one folder: preloaded into a test's child.
 *
 * HEARTH_RECORD_DIR    the folder, an absolute path
 * HEARTH_RECORD_TRACE  where the records go, outside of it; others may append records of their own
 * HEARTH_FAIL_WRITES   a file that, once it is there, makes every positioned write below the folder fail with EIO
 *
 * One lock is held from before a call until after its record: the record's order is the order in which it happened. Each
 * record is one write to a file that is only appended to:
 *   kind (1 byte), length of name (4), inode (8), offset (8), length of data (8), name, data; numbers little-endian.
 * What may change files and isn't understood becomes a record of kind X, which fails the test.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *failing;
static size_t folder_bytes;
static int trace = -1;
static char followed[FILES_MAX];

#define REAL(result, name, ...) static result (*real_##name)(__VA_ARGS__)
REAL(int, open, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(int, close, int);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, writev, int, const struct iovec *, int);
REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
REAL(int, ftruncate, int, off_t);
REAL(int, rename, const char *, const char *);
REAL(int, unlink, const char *);
REAL(int, unlinkat, int, const char *, int);
REAL(int, mkdir, const char *, mode_t);
REAL(int, rmdir, const char *);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(ssize_t, copy_file_range, int, off_t *, int, off_t *, size_t, unsigned);
REAL(ssize_t, sendfile, int, int, off_t *, size_t);
REAL(int, fallocate, int, int, off_t, off_t);
REAL(int, link, const char *, const char *);

__attribute__((constructor)) static void begin(void) {
#define FIND(name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name)
    FIND(open); FIND(openat); FIND(close); FIND(write); FIND(writev); FIND(pwrite); FIND(ftruncate); FIND(rename);
    FIND(unlink); FIND(unlinkat); FIND(mkdir); FIND(rmdir); FIND(fsync); FIND(fdatasync); FIND(copy_file_range);
    FIND(sendfile);
    FIND(fallocate); FIND(link);
    const char *path = getenv("HEARTH_RECORD_TRACE");
    folder = getenv("HEARTH_RECORD_DIR");
    failing = getenv("HEARTH_FAIL_WRITES");
    if (folder && path) {
        folder_bytes = strlen(folder);
        trace = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

static int is_below(const char *path) {
    return trace >= 0 && path && !strncmp(path, folder, folder_bytes) &&
           (path[folder_bytes] == '/' || !path[folder_bytes]);
}

static int is_followed(int fd) { return trace >= 0 && fd >= 0 && fd < FILES_MAX && followed[fd]; }

static uint64_t inode(int fd) {
    struct stat found;
    return fstat(fd, &found) ? 0 : found.st_ino;
}

static void record(char kind, const char *name, size_t name_bytes, uint64_t ino, uint64_t at, const void *data,
                   uint64_t bytes) {
    uint32_t short_bytes = (uint32_t)name_bytes;
    size_t size = 29 + name_bytes + bytes;
    char *text = malloc(size);
    if (!text) abort();
    text[0] = kind;
    memcpy(text + 1, &short_bytes, 4);
    memcpy(text + 5, &ino, 8);
    memcpy(text + 13, &at, 8);
    memcpy(text + 21, &bytes, 8);
    if (name_bytes) memcpy(text + 29, name, name_bytes);
    if (bytes) memcpy(text + 29 + name_bytes, data, bytes);
    if (real_write(trace, text, size) != (ssize_t)size) abort();
    free(text);
}

static void record_path(char kind, const char *path, uint64_t ino) { record(kind, path, strlen(path), ino, 0, "", 0); }

/* A path that is relative to an open folder, as an absolute one. */
static int resolve(int at, const char *path, char *whole) {
    char link[64];
    ssize_t length;
    if (path[0] == '/') return snprintf(whole, PATH_MAX, "%s", path) < PATH_MAX;
    if (at == AT_FDCWD) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    length = readlink(link, whole, PATH_MAX - 1);
    if (length < 0) return 0;
    return snprintf(whole + length, PATH_MAX - length, "/%s", path) < PATH_MAX - length;
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    struct stat found;
    int fd, was_there, saved;
    if (trace < 0 || !resolve(at, path, whole) || !is_below(whole)) {
        fd = real_openat(at, path, flags, mode);
        if (fd >= 0 && fd < FILES_MAX) followed[fd] = 0;
        return fd;
    }
    pthread_mutex_lock(&lock);
    was_there = !stat(whole, &found);
    fd = real_openat(at, path, flags, mode);
    saved = errno;
    if (fd >= FILES_MAX) abort();
    /* What is opened as a folder is read, and closed where this doesn't see it. */
    if (fd >= 0) followed[fd] = !(flags & O_DIRECTORY);
    if (fd >= 0 && !was_there) record_path('C', whole, inode(fd));
    if (fd >= 0 && was_there && (flags & O_TRUNC)) record('T', "", 0, inode(fd), 0, "", 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }

int close(int fd) {
    if (fd >= 0 && fd < FILES_MAX) followed[fd] = 0;
    return real_close(fd);
}

/* Runs `call` under the lock and records it as `what` if `is_done`. */
#define RECORDED(type, call, is_done, what) \
    type result; int saved; \
    pthread_mutex_lock(&lock); result = call; saved = errno; \
    if (is_done) { what; } \
    pthread_mutex_unlock(&lock); errno = saved; return result;

ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) {
    if (!is_followed(fd)) return real_pwrite(fd, data, bytes, at);
    if (failing && !access(failing, F_OK)) { errno = EIO; return -1; }
    RECORDED(ssize_t, real_pwrite(fd, data, bytes, at), result > 0, record('W', "", 0, inode(fd), at, data, result))
}
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) { return pwrite64(fd, data, bytes, at); }

ssize_t write(int fd, const void *data, size_t bytes) {
    if (!is_followed(fd)) return real_write(fd, data, bytes);
    RECORDED(ssize_t, real_write(fd, data, bytes), result > 0,
             record('W', "", 0, inode(fd), lseek(fd, 0, SEEK_CUR) - result, data, result))
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!is_followed(fd)) return real_writev(fd, parts, count);
    RECORDED(ssize_t, real_writev(fd, parts, count), result >= 0, record_path('X', "writev", 0))
}

int ftruncate64(int fd, off_t bytes) {
    if (!is_followed(fd)) return real_ftruncate(fd, bytes);
    RECORDED(int, real_ftruncate(fd, bytes), !result, record('T', "", 0, inode(fd), bytes, "", 0))
}
int ftruncate(int fd, off_t bytes) { return ftruncate64(fd, bytes); }

/* A sync counts from its end: all that was written before it began is covered, and nothing can be written meanwhile. */
int fsync(int fd) {
    if (!is_followed(fd)) return real_fsync(fd);
    RECORDED(int, 0, 1, record('S', "", 0, inode(fd), 0, "", 0))
}
int fdatasync(int fd) {
    if (!is_followed(fd)) return real_fdatasync(fd);
    RECORDED(int, 0, 1, record('D', "", 0, inode(fd), 0, "", 0))
}
/* No promise of anything (sync_file_range(2): neither metadata nor the disk's own cache): not recorded. */
int sync_file_range(int fd, off64_t at, off64_t bytes, unsigned flags) {
    (void)fd; (void)at; (void)bytes; (void)flags;
    return 0;
}

int rename(const char *from, const char *to) {
    char both[2 * PATH_MAX];
    int length;
    if (!is_below(from) && !is_below(to)) return real_rename(from, to);
    length = snprintf(both, sizeof both, "%s%c%s", from, 0, to);
    RECORDED(int, real_rename(from, to), !result, record('R', both, length, 0, 0, "", 0))
}
int unlink(const char *path) {
    if (!is_below(path)) return real_unlink(path);
    RECORDED(int, real_unlink(path), !result, record_path('U', path, 0))
}
int rmdir(const char *path) {
    if (!is_below(path)) return real_rmdir(path);
    RECORDED(int, real_rmdir(path), !result, record_path('U', path, 0))
}
int unlinkat(int at, const char *path, int flags) {
    char whole[PATH_MAX];
    if (trace < 0 || !resolve(at, path, whole) || !is_below(whole)) return real_unlinkat(at, path, flags);
    RECORDED(int, real_unlinkat(at, path, flags), !result, record_path('U', whole, 0))
}
int mkdir(const char *path, mode_t mode) {
    struct stat found;
    if (!is_below(path)) return real_mkdir(path, mode);
    RECORDED(int, real_mkdir(path, mode), !result && !stat(path, &found), record_path('M', path, found.st_ino))
}
ssize_t copy_file_range(int from, off_t *at, int to, off_t *to_at, size_t bytes, unsigned flags) {
    if (!is_followed(to)) return real_copy_file_range(from, at, to, to_at, bytes, flags);
    /* As on an old system: who copies reads and writes then, and that is recorded. */
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile64(int to, int from, off_t *at, size_t bytes) {
    if (!is_followed(to)) return real_sendfile(to, from, at, bytes);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile(int to, int from, off_t *at, size_t bytes) { return sendfile64(to, from, at, bytes); }
int fallocate(int fd, int mode, off_t at, off_t bytes) {
    if (!is_followed(fd)) return real_fallocate(fd, mode, at, bytes);
    RECORDED(int, real_fallocate(fd, mode, at, bytes), 1, record_path('X', "fallocate", 0))
}
int link(const char *from, const char *to) {
    if (!is_below(to)) return real_link(from, to);
    RECORDED(int, real_link(from, to), 1, record_path('X', "link", 0))
}
