/* Does what its arguments say, one step after the other; what the steps are, `TestProgram.SERVE` says. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <unistd.h>


static volatile sig_atomic_t codes[NSIG];

static void on_signal(int number) { _exit(codes[number]); }

static int number_of(const char *name) {
  static const struct { const char *name; int number; } known[] = {
    {"TERM", SIGTERM}, {"INT", SIGINT}, {"HUP", SIGHUP}, {"QUIT", SIGQUIT}, {"USR2", SIGUSR2}};
  for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
    if (!strcmp(known[i].name, name)) return known[i].number;
  _exit(99);
}

static void say(const char *text) {
  printf("%s\n", text);
  fflush(stdout);
}

static void all(int to, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t written = write(to, bytes, length);
    if (written < 0) _exit(98);
    bytes += written;
    length -= (size_t)written;
  }
}

static int copy(int from) {
  static char piece[65536];
  for (;;) {
    ssize_t held = read(from, piece, sizeof piece);
    if (held < 0) return -1;
    if (held == 0) return 0;
    all(1, piece, (size_t)held);
  }
}

static void read_file(const char *path) {
  int file = open(path, O_RDONLY);
  if (file < 0 || copy(file) < 0) printf("can't read %s", path);
  if (file >= 0) close(file);
  say("");
}

static void write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  int failed = file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text);
  if (file >= 0) failed |= close(file) != 0;
  printf("%s %s", failed ? "can't write" : "wrote", path);
  say("");
}

static void tell_mode(const char *path) {
  struct stat found;
  if (stat(path, &found)) printf("no %s", path);
  else printf("%04o %d:%d", (unsigned)found.st_mode & 07777, (int)found.st_uid, (int)found.st_gid);
  say("");
}

/* Answers whoever connects, while the next steps are done. */
static void listen_on(const char *port, const char *text) {
  int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  if (door < 0 || setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
      bind(door, (struct sockaddr *)&any, sizeof any) || listen(door, 16)) {
    say("can't listen");
    return;
  }
  if (fork() == 0) {
    for (;;) {
      int guest = accept(door, 0, 0);
      if (guest < 0) _exit(97);
      all(guest, text, strlen(text));
      close(guest);
    }
  }
  close(door);
}

static int connected(const struct addrinfo *found) {
  for (; found; found = found->ai_next) {
    int way = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (way >= 0 && connect(way, found->ai_addr, found->ai_addrlen) == 0) return way;
    if (way >= 0) close(way);
  }
  return -1;
}

static void ask_for(const char *host, const char *port) {
  struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, port, &wanted, &found)) {
    printf("can't resolve %s", host);
  } else {
    int way = connected(found);
    if (way < 0) printf("can't reach %s", host);
    else copy(way);
    if (way >= 0) close(way);
    freeaddrinfo(found);
  }
  say("");
}

static void count_names(const char *host) {
  struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  int count = 0;
  if (getaddrinfo(host, 0, &wanted, &found) == 0) {
    for (const struct addrinfo *each = found; each; each = each->ai_next) count++;
    freeaddrinfo(found);
  }
  printf("%s has %d", host, count);
  say("");
}

static void allocate(long long left) {
  enum { PIECE = 65536, PAGE = 4096 };
  while (left > 0) {
    volatile char *piece = malloc(PIECE);
    if (!piece) _exit(96);
    for (int at = 0; at < PIECE; at += PAGE) piece[at] = 1;
    left -= PIECE;
  }
  say("ok");
}

static int size_of_terminal(struct winsize *size) { return isatty(0) && ioctl(0, TIOCGWINSZ, size) == 0; }

static void tell_terminal(void) {
  struct winsize size;
  if (size_of_terminal(&size)) printf("terminal of %d rows, %d columns", size.ws_row, size.ws_col);
  else printf("no terminal");
  say("");
}

/* Until the terminal has that many rows; the signal of its change is blocked, so that none is missed. */
static void await_rows(int rows, sigset_t *changed) {
  struct winsize size;
  int number;
  while (size_of_terminal(&size) && size.ws_row != rows) sigwait(changed, &number);
  tell_terminal();
}

static const char *needed(char ***step) {
  if (!**step) _exit(95);
  return *(*step)++;
}

int main(int argc, char **argv) {
  sigset_t go, changed;
  int number;
  sigemptyset(&go);
  sigaddset(&go, SIGUSR1);
  sigprocmask(SIG_BLOCK, &go, 0);
  sigemptyset(&changed);
  sigaddset(&changed, SIGWINCH);
  sigprocmask(SIG_BLOCK, &changed, 0);
  (void)argc;
  for (char **step = argv + 1; *step;) {
    const char *what = *step++;
    if (!strcmp(what, "out")) say(needed(&step));
    else if (!strcmp(what, "err")) fprintf(stderr, "%s\n", needed(&step));
    else if (!strcmp(what, "bytes")) {
      char bytes[256];
      for (int i = 0; i < 256; i++) bytes[i] = (char)i;
      all(1, bytes, sizeof bytes);
      say("");
    } else if (!strcmp(what, "flood")) {
      long lines = atol(needed(&step));
      for (long line = 0; line < lines; line++) printf("%063ld\n", line);
      fflush(stdout);
    } else if (!strcmp(what, "exit")) return atoi(needed(&step));
    else if (!strcmp(what, "on")) {
      number = number_of(needed(&step));
      codes[number] = atoi(needed(&step));
      signal(number, on_signal);
    } else if (!strcmp(what, "ignore")) signal(number_of(needed(&step)), SIG_IGN);
    else if (!strcmp(what, "pause")) sigwait(&go, &number);
    else if (!strcmp(what, "hold")) for (;;) pause();
    else if (!strcmp(what, "fault")) __builtin_trap();
    else if (!strcmp(what, "env")) { const char *value = getenv(needed(&step)); say(value ? value : "(none)"); }
    else if (!strcmp(what, "id")) { printf("%d:%d", (int)getuid(), (int)getgid()); say(""); }
    else if (!strcmp(what, "directory")) { char here[4096]; say(getcwd(here, sizeof here) ? here : "(none)"); }
    else if (!strcmp(what, "read")) read_file(needed(&step));
    else if (!strcmp(what, "mode")) tell_mode(needed(&step));
    else if (!strcmp(what, "write")) { const char *path = needed(&step); write_file(path, needed(&step)); }
    else if (!strcmp(what, "listen")) { const char *port = needed(&step); listen_on(port, needed(&step)); }
    else if (!strcmp(what, "ask")) { const char *host = needed(&step); ask_for(host, needed(&step)); }
    else if (!strcmp(what, "names")) count_names(needed(&step));
    else if (!strcmp(what, "allocate")) allocate(atoll(needed(&step)));
    else if (!strcmp(what, "echo")) { if (copy(0) < 0) return 94; }
    else if (!strcmp(what, "terminal")) tell_terminal();
    else if (!strcmp(what, "rows")) await_rows(atoi(needed(&step)), &changed);
    else return 93;
  }
  return 0;
}
