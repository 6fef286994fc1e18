// The process in a sandbox that runs its workload and speaks for it to the agent, in frames over standard input and
// output: docs/protocols/shim.md. Entrypoint of a container, PID 1 of a machine, or launched over SSH.
//
// One thread around one poll(). It reads control always, whatever the workload does; it reads the workload's output
// only while there is room for it, so that a reader who stops stalls the workload and nobody else. All memory is
// bounded. What breaks the protocol ends it.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <grp.h>

enum { // to the shim
    HELLO = 1, ARG, ENV, CWD, SPOOL, SECRET, RUN, STDIN, STDIN_EOF, SIGNAL, RESIZE, PING, RESUME,
    // from it
    READY = 64, STARTED, FAIL, OUT, ERR, CREDIT, PONG, EXIT
};
enum { FRESH, RUNNING, ENDED };                                              // READY's state
enum { TTY = 1, OUTLIVE = 2 };                                               // RUN's flags
enum { BY_ITSELF, BY_TIME, BY_OUTPUT, BY_MEMORY, BY_OWNER, BY_SPOOL };       // EXIT's reason

#define FRAME 65536               // the longest, without its length
#define KEY 16
#define MAGIC "gridshim"
#define HELLO_SIZE (4 + 1 + 8 + KEY)
#define WINDOW 262144             // bytes of input that may be on their way
#define PIECE 32768               // bytes of output in a frame
#define AHEAD 1048576             // bytes that the spool may be ahead of what was sent
#define WORDS 4096                // arguments and variables
#define WORD_BYTES 1048576        // of all of them
#define HEADER 5

static void end_all(void);

// What the agent said makes no sense, or the system refuses what it never should.
static void die(const char *why) {
    fprintf(stderr, "shim: %s\n", why);
    end_all();
    _exit(70);
}

static uint64_t now(void) { // microseconds that only go on
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t number(const uint8_t *from, int bytes) {
    uint64_t n = 0;
    for (int i = 0; i < bytes; i++) n = n << 8 | from[i];
    return n;
}

static uint8_t *put(uint8_t *to, uint64_t n, int bytes) {
    for (int i = bytes - 1; i >= 0; i--, n >>= 8) to[i] = (uint8_t)n;
    return to + bytes;
}

// ---- what goes to the agent

static uint8_t sending[4 * FRAME];
static size_t sending_from, sending_to;
static int agent_gone, state = FRESH;

static size_t sending_room(void) {
    if (sending_from > 0) {
        memmove(sending, sending + sending_from, sending_to - sending_from);
        sending_to -= sending_from;
        sending_from = 0;
    }
    return sizeof sending - sending_to;
}

// Callers have looked for room; what is sent once in a run has some left over by `room_for_output`.
static void send_frame(uint8_t type, const uint8_t *head, size_t head_size, const uint8_t *body, size_t size) {
    if (agent_gone) return;
    if (sending_room() < HEADER + head_size + size) die("nobody reads what it says");
    uint8_t *to = put(sending + sending_to, 1 + head_size + size, 4);
    *to++ = type;
    if (head_size) memcpy(to, head, head_size);
    if (size) memcpy(to + head_size, body, size);
    sending_to += HEADER + head_size + size;
}

static int room_for_output(void) { return sending_room() > 2 * FRAME; }

// Nothing runs, and nothing will.
static void send_fail(int code, const char *text) {
    uint8_t error = (uint8_t)code;
    if (state == ENDED) return;
    send_frame(FAIL, &error, 1, (const uint8_t *)text, strlen(text));
    state = ENDED;
}

static void send_some(void) {
    while (sending_from < sending_to) {
        ssize_t n = write(1, sending + sending_from, sending_to - sending_from);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) {
            agent_gone = 1;
            sending_from = sending_to = 0;
            return;
        }
        sending_from += (size_t)n;
    }
    sending_from = sending_to = 0;
}

// ---- what is to be run

static char words[WORD_BYTES];
static size_t words_size;
static char *arguments[WORDS + 1], *variables[WORDS + 1];
static int argument_count, variable_count;
static char *directory, *spool_folder;

static char *keep(const uint8_t *body, size_t size) {
    if (memchr(body, 0, size)) die("a word with a zero in it");
    if (words_size + size + 1 > sizeof words) die("too many words");
    char *word = words + words_size;
    memcpy(word, body, size);
    word[size] = 0;
    words_size += size + 1;
    return word;
}

// ---- the workload

struct stream {
    int from;            // the pipe, or -1 when it has ended
    int spool;           // the file, or -1
    uint8_t type;
    uint64_t most;       // bytes that are taken of it; 0 is no limit
    uint64_t have, sent; // bytes that were taken, and that were told
};

static struct stream streams[2] = {{-1, -1, OUT, 0, 0, 0}, {-1, -1, ERR, 0, 0, 0}};
static pid_t workload = -1;
static int input = -1;            // the workload's standard input, or its terminal
static int terminal;              // whether it has one
static uint8_t waiting[WINDOW];   // input that it hasn't taken
static size_t waiting_from, waiting_to;
static int input_ended, outlives, reaped, childless, status, ending;
static uint64_t input_taken;
static uint8_t reason = BY_ITSELF;
static uint64_t began, took, time_limit, lease, heard;
static int ready_due, pong_due;
static uint32_t credit_due;
static uint64_t killed_for_memory_before;

static uint64_t cgroup_count(const char *file, const char *name) {
    char text[1024], path[128];
    snprintf(path, sizeof path, "/sys/fs/cgroup/%s", file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return 0;
    text[n] = 0;
    char *at = *name ? strstr(text, name) : text;
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

// How often the system ended a process here for want of memory: as the newer kind of control groups has it, or the older.
static uint64_t killed_for_memory(void) {
    return cgroup_count("memory.events", "oom_kill ") + cgroup_count("memory/memory.oom_control", "oom_kill ");
}

static void limit(int what, uint64_t most) {
    if (most == UINT64_MAX) return;
    struct rlimit both = {most, most};
    if (setrlimit(what, &both) < 0) _exit(126);
}

struct run { // the body of RUN
    uint32_t flags, uid, gid, lease, files, processes;
    uint64_t time, cpu, output, errors, file;
    uint16_t rows, columns;
};

#define RUN_SIZE (6 * 4 + 5 * 8 + 2 * 2)

static struct run run_of(const uint8_t *body) {
    struct run run;
    uint32_t *small[] = {&run.flags, &run.uid, &run.gid, &run.lease, &run.files, &run.processes};
    uint64_t *large[] = {&run.time, &run.cpu, &run.output, &run.errors, &run.file};
    for (int i = 0; i < 6; i++, body += 4) *small[i] = (uint32_t)number(body, 4);
    for (int i = 0; i < 5; i++, body += 8) *large[i] = number(body, 8);
    run.rows = (uint16_t)number(body, 2);
    run.columns = (uint16_t)number(body + 2, 2);
    return run;
}

// Where memory is short, the system takes this process and what comes of it, not the shim.
static void offer_oneself(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return; // then it takes the largest, which the shim isn't
    ssize_t n = write(fd, "1000", 4);
    (void)n;
    close(fd);
}

// In the new process; tells through `told` what failed. Never returns.
static void become(const struct run *run, int in, int out, int err, int told) {
    uint8_t step = 1;
    setsid();
    offer_oneself();
    if (run->flags & TTY && ioctl(in, TIOCSCTTY, 0) < 0) goto failed;
    step = 2;
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) goto failed;
    step = 3;
    if (directory && chdir(directory) < 0) goto failed;
    limit(RLIMIT_CORE, 0);
    if (run->files) limit(RLIMIT_NOFILE, run->files);
    if (run->cpu) limit(RLIMIT_CPU, (run->cpu + 999) / 1000);
    if (run->file) limit(RLIMIT_FSIZE, run->file);
    step = 4;
    if (run->uid != UINT32_MAX) {
        if (geteuid() == 0 && setgroups(0, NULL) < 0) goto failed;
        if (setresgid(run->gid, run->gid, run->gid) < 0) goto failed;
        if (run->processes) limit(RLIMIT_NPROC, run->processes);
        if (setresuid(run->uid, run->uid, run->uid) < 0) goto failed;
    } else if (run->processes) {
        limit(RLIMIT_NPROC, run->processes);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) goto failed;
    step = 5;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    environ = variables;
    execvpe(arguments[0], arguments, variables);
failed:;
    uint8_t why[2] = {step, (uint8_t)errno};
    if (write(told, why, 2) != 2) _exit(126);
    _exit(127);
}

static int open_spool(int folder, const char *name) {
    return openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static void run_it(const struct run *run) {
    int in[2], out[2], err[2], told[2], primary = -1, secondary = -1;
    if (state != FRESH) die("a second RUN");
    if (argument_count == 0) die("nothing to be run");
    if (spool_folder) {
        int folder = open(spool_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        streams[0].spool = folder < 0 ? -1 : open_spool(folder, "out");
        streams[1].spool = folder < 0 ? -1 : open_spool(folder, "err");
        if (folder >= 0) close(folder);
        if (streams[0].spool < 0 || streams[1].spool < 0) {
            send_fail(errno, "no spool");
            return;
        }
    }
    if (pipe2(told, O_CLOEXEC) < 0) die("no pipe");
    if (run->flags & TTY) {
        primary = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (primary < 0 || grantpt(primary) < 0 || unlockpt(primary) < 0 ||
            (secondary = open(ptsname(primary), O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
            send_fail(errno, "no terminal");
            return;
        }
        struct winsize size = {run->rows, run->columns, 0, 0};
        ioctl(primary, TIOCSWINSZ, &size);
    } else if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
        die("no pipe");
    }
    killed_for_memory_before = killed_for_memory();
    began = now();
    workload = fork();
    if (workload == 0) {
        if (secondary >= 0) become(run, secondary, secondary, secondary, told[1]);
        else become(run, in[0], out[1], err[1], told[1]);
    }
    close(told[1]);
    if (workload < 0) {
        send_fail(errno, "no process");
        return;
    }
    if (secondary >= 0) {
        close(secondary);
        terminal = 1;
        input = streams[0].from = primary;
    } else {
        close(in[0]), close(out[1]), close(err[1]);
        input = in[1], streams[0].from = out[0], streams[1].from = err[0];
        fcntl(streams[1].from, F_SETFL, O_NONBLOCK);
        fcntl(streams[0].from, F_SETFL, O_NONBLOCK);
    }
    fcntl(input, F_SETFL, O_NONBLOCK);
    uint8_t why[2];
    ssize_t n;
    while ((n = read(told[0], why, 2)) < 0 && errno == EINTR) {}
    close(told[0]);
    if (n == 2) {
        static const char *const steps[] = {"", "no terminal", "no streams", "no such directory", "no such user", "not to be executed"};
        waitpid(workload, NULL, 0);
        send_fail(why[1], steps[why[0] <= 5 ? why[0] : 0]);
        return;
    }
    state = RUNNING;
    outlives = (run->flags & OUTLIVE) && spool_folder;
    time_limit = run->time * 1000;
    streams[0].most = run->output, streams[1].most = run->errors;
    lease = (uint64_t)run->lease * 1000;
    uint8_t pid[4];
    put(pid, (uint64_t)workload, 4);
    send_frame(STARTED, pid, 4, NULL, 0);
}

// Signals all that has come of it: by number, where this is the first process; else whatever was left to it.
static int signal_all(int signo) {
    int found = 0;
    if (getpid() == 1) return kill(-1, signo) == 0;
    DIR *processes = opendir("/proc");
    if (!processes) return 0;
    struct dirent *entry;
    while ((entry = readdir(processes))) {
        char path[64], text[512], *after;
        long pid = strtol(entry->d_name, &after, 10);
        if (pid <= 0 || *after) continue;
        snprintf(path, sizeof path, "/proc/%ld/stat", pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n <= 0) continue;
        text[n] = 0;
        char *name_end = strrchr(text, ')'), of;
        int parent;
        if (name_end && sscanf(name_end + 1, " %c %d", &of, &parent) == 2 && parent == getpid() && of != 'Z') {
            found |= kill((pid_t)pid, signo) == 0;
        }
    }
    closedir(processes);
    return found;
}

static void end_all(void) {
    if (workload > 0 && !reaped) kill(-workload, SIGKILL);
    signal_all(SIGKILL);
}

// The workload has to end.
static void end_it(uint8_t why) {
    if (state != RUNNING || ending) return;
    if (!reaped) reason = why;
    ending = 1;
    end_all();
}

static void reap(void) {
    int how;
    pid_t pid;
    while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
        if (pid == workload) {
            reaped = 1, status = how, took = now() - began;
            ending = 1;
        }
    }
    // Whatever those leave who are killed now, is left to us, and told as another child's end.
    childless = pid < 0 && errno == ECHILD;
    if (reaped) signal_all(SIGKILL); // what it left
}

static void end_stream(struct stream *stream) {
    if (terminal && stream->from == input) input = -1;
    close(stream->from);
    stream->from = -1;
}

static void write_fully(struct stream *stream, const uint8_t *bytes, size_t size) {
    uint64_t at = stream->have;
    while (size) {
        ssize_t n = pwrite(stream->spool, bytes, size, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            end_it(BY_SPOOL);
            return;
        }
        bytes += n, size -= (size_t)n, at += (uint64_t)n;
        stream->have = at;
    }
}

static void tell_output(struct stream *stream, const uint8_t *bytes, size_t size) {
    uint8_t offset[8];
    put(offset, stream->sent, 8);
    send_frame(stream->type, offset, 8, bytes, size);
    stream->sent += size;
}

static void take_output(struct stream *stream) {
    static uint8_t bytes[PIECE];
    ssize_t n = read(stream->from, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) { // a terminal whose last user has gone is an error
        end_stream(stream);
        return;
    }
    size_t size = (size_t)n;
    if (stream->most && size > stream->most - stream->have) {
        size = (size_t)(stream->most - stream->have);
        if (stream->type == OUT) { // of errors, what is too much is gone
            if (reason == BY_ITSELF) reason = BY_OUTPUT; // though it has ended meanwhile
            end_it(BY_OUTPUT);
        }
    }
    if (stream->spool >= 0) {
        write_fully(stream, bytes, size);
    } else {
        stream->have += size;
        if (size) tell_output(stream, bytes, size);
    }
}

static void tell_spooled(struct stream *stream) {
    static uint8_t bytes[PIECE];
    while (stream->spool >= 0 && stream->sent < stream->have && room_for_output()) {
        uint64_t left = stream->have - stream->sent;
        ssize_t n = pread(stream->spool, bytes, left < sizeof bytes ? left : sizeof bytes, (off_t)stream->sent);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) die("the spool can't be read");
        tell_output(stream, bytes, (size_t)n);
    }
}

static void give_input(void) {
    while (waiting_from < waiting_to) {
        ssize_t n = write(input, waiting + waiting_from, waiting_to - waiting_from);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) { // it doesn't want any more: what comes is as if taken
            n = (ssize_t)(waiting_to - waiting_from);
            if (!terminal) close(input);
            input = -1;
        }
        credit_due += (uint32_t)n;
        waiting_from += (size_t)n;
        if (input < 0) break;
    }
    if (waiting_from == waiting_to) waiting_from = waiting_to = 0;
}

static void end_input(void) {
    if (terminal && input >= 0) {
        static const uint8_t end_of_file = 4;
        if (write(input, &end_of_file, 1) < 0) return;
    } else if (input >= 0) {
        close(input);
    }
    input = -1;
}

// ---- what comes from the agent

static uint8_t key[KEY];
static int knows_key;

// What is due again and again, as far as there is room: an agent that asks and doesn't read is owed no more of it.
static void send_due(void) {
    if (ready_due && sending_room() > FRAME) {
        uint8_t body[KEY + 4 + 1 + 1 + 3 * 8], *to = body;
        memcpy(to, key, KEY);
        to = put(to + KEY, WINDOW - (waiting_to - waiting_from), 4);
        *to++ = (uint8_t)state;
        *to++ = (uint8_t)input_ended;
        to = put(to, input_taken, 8);
        to = put(to, streams[0].have, 8);
        put(to, streams[1].have, 8);
        send_frame(READY, body, sizeof body, NULL, 0);
        ready_due = 0, credit_due = 0;
    }
    if (pong_due && sending_room() > FRAME) {
        send_frame(PONG, NULL, 0, NULL, 0);
        pong_due = 0;
    }
    if (credit_due && sending_room() > FRAME) {
        uint8_t count[4];
        put(count, credit_due, 4);
        send_frame(CREDIT, count, 4, NULL, 0);
        credit_due = 0;
    }
}

static int secret = -1; // the file that was written last: its owner is another then, and it can't be opened again

static void end_secret(void) {
    if (secret >= 0) close(secret);
    secret = -1;
}

// Files that it made itself: whatever lies there already may be open to others.
static void put_secret(const uint8_t *body, size_t size) {
    static char last[4096];
    if (size < 10) die("a secret without a path");
    uint32_t uid = (uint32_t)number(body, 4), gid = (uint32_t)number(body + 4, 4);
    size_t length = number(body + 8, 2);
    body += 10, size -= 10;
    if (length == 0 || length > size || length > 4095 || memchr(body, 0, length)) die("a secret without a path");
    char path[4096];
    memcpy(path, body, length);
    path[length] = 0;
    if (secret < 0 || strcmp(path, last) != 0) {
        end_secret();
        secret = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        strcpy(last, path);
    }
    const uint8_t *bytes = body + length;
    size_t left = size - length;
    while (secret >= 0 && left) {
        ssize_t n = write(secret, bytes, left);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        bytes += n, left -= (size_t)n;
    }
    if (secret < 0 || left || (uid != UINT32_MAX && fchown(secret, uid, gid) < 0)) send_fail(errno, "a secret can't be written");
}

static void handle(uint8_t type, const uint8_t *body, size_t size) {
    heard = now();
    if (state == ENDED) return;
    switch (type) {
    case HELLO: // again, by whoever had no answer yet
        if (size != 8 + KEY || memcmp(body, MAGIC, 8) || memcmp(body + 8, key, KEY)) die("a HELLO with another key");
        ready_due = 1;
        break;
    case ARG:
        if (state != FRESH || argument_count == WORDS) die("too many arguments");
        arguments[argument_count++] = keep(body, size);
        break;
    case ENV:
        if (state != FRESH || variable_count == WORDS) die("too many variables");
        variables[variable_count++] = keep(body, size);
        break;
    case CWD:
        directory = keep(body, size);
        break;
    case SPOOL:
        spool_folder = keep(body, size);
        break;
    case SECRET:
        if (state != FRESH) die("a secret that comes late");
        put_secret(body, size);
        break;
    case RUN: {
        if (size != RUN_SIZE) die("a RUN of another size");
        struct run run = run_of(body);
        end_secret();
        run_it(&run);
        break;
    }
    case STDIN:
        if (input_ended || size > WINDOW - (waiting_to - waiting_from)) die("more input than it may send");
        input_taken += size;
        if (input < 0 && state == RUNNING) { // nobody reads it
            credit_due += (uint32_t)size;
            break;
        }
        memmove(waiting, waiting + waiting_from, waiting_to - waiting_from);
        waiting_to -= waiting_from, waiting_from = 0;
        memcpy(waiting + waiting_to, body, size);
        waiting_to += size;
        break;
    case STDIN_EOF:
        input_ended = 1;
        break;
    case SIGNAL:
        if (size != 1 || body[0] == 0 || body[0] > 64) die("no signal");
        if (state == RUNNING && !reaped) kill(-workload, body[0]);
        break;
    case RESIZE:
        if (size != 4) die("no size");
        if (terminal && input >= 0) {
            struct winsize to = {(uint16_t)number(body, 2), (uint16_t)number(body + 2, 2), 0, 0};
            ioctl(input, TIOCSWINSZ, &to);
        }
        break;
    case PING:
        pong_due = 1;
        break;
    case RESUME:
        if (size != 16) die("no offsets");
        for (int i = 0; i < 2; i++) {
            uint64_t from = number(body + 8 * i, 8);
            if (streams[i].spool < 0 || from > streams[i].have) die("output that it doesn't have");
            streams[i].sent = from;
        }
        break;
    default:
        die("a frame that it doesn't know");
    }
}

static uint8_t coming[2 * (FRAME + 4)];
static size_t coming_size;

static const uint8_t hello_begins[] = {0, 0, 0, 1 + 8 + KEY, HELLO, 'g', 'r', 'i', 'd', 's', 'h', 'i', 'm'};

// Where a whole HELLO begins that is meant for this one; `coming_size` if there is none. Once the key is known nobody
// else can make one, so no input looks like it.
static size_t find_hello(void) {
    for (size_t at = 0; coming_size - at >= HELLO_SIZE; at++) {
        uint8_t *found = memmem(coming + at, coming_size - at, hello_begins, sizeof hello_begins);
        if (!found) break;
        at = (size_t)(found - coming);
        if (coming_size - at < HELLO_SIZE) break;
        if (!knows_key || memcmp(found + sizeof hello_begins, key, KEY) == 0) return at;
    }
    return coming_size;
}

static void drop(size_t bytes) {
    coming_size -= bytes;
    memmove(coming, coming + bytes, coming_size);
}

// Frames come one after the other. Two things may stand between them: at first whatever a login says; and later a
// frame that an agent didn't finish, before the HELLO of the one that took over.
static void take_frames(void) {
    if (!knows_key) {
        size_t hello = find_hello();
        if (hello == coming_size) { // noise: what could be the beginning of a HELLO stays
            if (coming_size >= HELLO_SIZE) drop(coming_size - HELLO_SIZE + 1);
            return;
        }
        memcpy(key, coming + hello + sizeof hello_begins, KEY);
        knows_key = 1;
        drop(hello);
    }
    size_t at = 0, hello = find_hello();
    while (coming_size - at >= HEADER) {
        size_t length = number(coming + at, 4);
        int cut = hello < coming_size && at < hello && (length > FRAME || at + 4 + length > hello);
        if (cut) {
            at = hello;
            continue;
        }
        if (length < 1 || length > FRAME) die("a frame of no length that there is");
        if (coming_size - at < 4 + length) break;
        handle(coming[at + 4], coming + at + HEADER, length - 1);
        if (at == hello) {
            drop(at + 4 + length);
            at = 0, hello = find_hello();
        } else {
            at += 4 + length;
        }
    }
    drop(at);
}

static void hear(void) {
    ssize_t n = read(0, coming + coming_size, sizeof coming - coming_size);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
        agent_gone = 1;
        if (state == FRESH) _exit(0);
        if (!outlives) end_it(BY_OWNER);
        return;
    }
    coming_size += (size_t)n;
    take_frames();
}

// ---- the end

static size_t exit_body(uint8_t *body) {
    struct rusage used;
    uint64_t peak = cgroup_count("memory.peak", "");
    getrusage(RUSAGE_CHILDREN, &used);
    if (!peak) peak = (uint64_t)used.ru_maxrss * 1024;
    if (reason == BY_ITSELF && killed_for_memory() > killed_for_memory_before) reason = BY_MEMORY;
    uint8_t *to = body;
    *to++ = WIFSIGNALED(status) ? 1 : 0;
    *to++ = (uint8_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    *to++ = reason;
    to = put(to, took, 8);
    to = put(to, (uint64_t)used.ru_utime.tv_sec * 1000000 + (uint64_t)used.ru_utime.tv_usec, 8);
    to = put(to, (uint64_t)used.ru_stime.tv_sec * 1000000 + (uint64_t)used.ru_stime.tv_usec, 8);
    to = put(to, peak, 8);
    to = put(to, streams[0].have, 8);
    to = put(to, streams[1].have, 8);
    return (size_t)(to - body);
}

// Written whole or not at all, for an agent that comes later.
static void spool_exit(const uint8_t *body, size_t size) {
    if (!spool_folder) return;
    int folder = open(spool_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int fd = folder < 0 ? -1 : openat(folder, "exit.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, body, size) != (ssize_t)size || fsync(streams[0].spool) < 0 || fsync(streams[1].spool) < 0 ||
        fsync(fd) < 0 || renameat(folder, "exit.new", folder, "exit") < 0 || fsync(folder) < 0) {
        fprintf(stderr, "shim: the end can't be spooled: %s\n", strerror(errno));
    }
    if (fd >= 0) close(fd);
    if (folder >= 0) close(folder);
}

static int all_told(void) {
    for (int i = 0; i < 2; i++) {
        if (streams[i].from >= 0 || (!agent_gone && streams[i].sent < streams[i].have)) return 0;
    }
    return 1;
}

static void finish(void) {
    uint8_t body[64];
    size_t size = exit_body(body);
    spool_exit(body, size);
    state = ENDED;
    send_frame(EXIT, body, size, NULL, 0);
}

static int wait_for(void) { // milliseconds until a limit; -1 if there is none
    uint64_t at = UINT64_MAX, t = now();
    if (state == RUNNING && ending) {
        at = t + 20000; // what was left to it is looked for again
    } else if (state == RUNNING) {
        if (time_limit) at = began + time_limit;
        if (lease && !outlives && heard + lease < at) at = heard + lease;
    }
    if (at == UINT64_MAX) return -1;
    uint64_t left = at <= t ? 0 : (at - t + 999) / 1000;
    return left < 60000 ? (int)left : 60000;
}

static void keep_limits(void) {
    uint64_t t = now();
    if (state != RUNNING) return;
    if (ending) signal_all(SIGKILL);
    else if (time_limit && t >= began + time_limit) end_it(BY_TIME);
    else if (lease && !outlives && t >= heard + lease) end_it(BY_OWNER);
}

int main(void) {
    for (int fd = 0; fd <= 2;) { // whoever left one out gets nothing else in its place
        if ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) die("no /dev/null");
        if (fd > 2) close(fd);
    }
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    int child_fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    if (child_fd < 0) die("no signalfd");
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) die("others may look into it");
    // Process 1 gets what lost its parent anyhow; where it is emulated it can't even ask for it.
    if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) die("what lost its parent would be lost");
    for (int fd = 0; fd < 2; fd++) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    for (;;) {
        int room = room_for_output();
        struct pollfd fds[6] = {
            {agent_gone ? -1 : 0, POLLIN, 0},
            {!agent_gone && sending_from < sending_to ? 1 : -1, POLLOUT, 0},
            {child_fd, POLLIN, 0},
            {input >= 0 && waiting_from < waiting_to ? input : -1, POLLOUT, 0},
            {-1, POLLIN, 0},
            {-1, POLLIN, 0},
        };
        for (int i = 0; i < 2; i++) {
            struct stream *stream = &streams[i];
            int ahead = stream->spool >= 0 && stream->have - stream->sent > AHEAD && !agent_gone;
            if (stream->from >= 0 && (room || agent_gone) && !ahead) fds[4 + i].fd = stream->from;
        }
        if (poll(fds, 6, wait_for()) < 0 && errno != EINTR) die("no poll");
        if (fds[2].revents) {
            struct signalfd_siginfo ignored;
            while (read(child_fd, &ignored, sizeof ignored) > 0) {}
            if (state == RUNNING) reap();
        }
        if (fds[0].revents) hear();
        keep_limits();
        if (input >= 0 && waiting_from < waiting_to) give_input();
        if (input_ended && waiting_from == waiting_to && input >= 0) end_input();
        for (int i = 0; i < 2; i++) {
            if (fds[4 + i].revents && streams[i].from >= 0) take_output(&streams[i]);
            tell_spooled(&streams[i]);
        }
        send_due();
        if (!agent_gone) send_some();
        if (state == RUNNING && reaped && childless && all_told()) finish();
        if (state == ENDED && (agent_gone || sending_from == sending_to)) _exit(0);
    }
}
