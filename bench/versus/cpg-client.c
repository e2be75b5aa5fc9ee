/*
 * A member of a closed process group of corosync. Each line of standard input, "KEY VALUE", is one message to the group; each message is a
 * line "m KEY VALUE" of standard output, and each node that comes or goes one "joined NODE" or "left NODE". It ends with its input.
 */
#include <corosync/cpg.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static cpg_handle_t handle;

static void deliver(cpg_handle_t from, const struct cpg_name *group, uint32_t node, uint32_t pid, void *message, size_t length) {
  (void)from, (void)group, (void)node, (void)pid;
  printf("m %.*s\n", (int)length, (const char *)message);
}

static void changed(cpg_handle_t from, const struct cpg_name *group, const struct cpg_address *members, size_t count,
                    const struct cpg_address *left, size_t left_count, const struct cpg_address *joined, size_t joined_count) {
  (void)from, (void)group, (void)members, (void)count;
  uint32_t self;
  cpg_local_get(handle, &self);
  /* Whoever joins is not told one by one who was there before it. */
  int is_new = 0;
  for (size_t at = 0; at < joined_count; at += 1) is_new |= joined[at].nodeid == self;
  for (size_t at = 0; at < left_count; at += 1) printf("left %u\n", left[at].nodeid);
  for (size_t at = 0; at < (is_new ? count : joined_count); at += 1) {
    uint32_t node = is_new ? members[at].nodeid : joined[at].nodeid;
    if (node != self) printf("joined %u\n", node);
  }
}

static void fail(const char *what, cs_error_t error) {
  fprintf(stderr, "%s: error %d of corosync\n", what, (int)error);
  exit(1);
}

/* Corosync takes no more while its own queue is full: what has arrived is taken meanwhile, as its manual asks for. */
static void say(char *line, size_t length) {
  struct iovec part = {.iov_base = line, .iov_len = length};
  for (;;) {
    cs_error_t error = cpg_mcast_joined(handle, CPG_TYPE_AGREED, &part, 1);
    if (error == CS_OK) return;
    if (error != CS_ERR_TRY_AGAIN) fail("cpg_mcast_joined", error);
    cpg_dispatch(handle, CS_DISPATCH_ALL);
    fflush(stdout);
    usleep(100);
  }
}

int main(int count, char **arguments) {
  static char input[1 << 16];
  size_t filled = 0;
  cpg_callbacks_t callbacks = {.cpg_deliver_fn = deliver, .cpg_confchg_fn = changed};
  struct cpg_name group = {0};
  if (count != 2) return 2;
  group.length = (uint32_t)snprintf(group.value, sizeof group.value, "%s", arguments[1]);
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  cs_error_t error;
  /* The daemon may not be up yet: 30 s. */
  for (int tries = 0; (error = cpg_initialize(&handle, &callbacks)) != CS_OK; tries += 1) {
    if (tries == 300) fail("cpg_initialize", error);
    usleep(100000);
  }
  while ((error = cpg_join(handle, &group)) == CS_ERR_TRY_AGAIN) usleep(100000);
  if (error != CS_OK) fail("cpg_join", error);
  int descriptor;
  cpg_fd_get(handle, &descriptor);
  puts("ready");
  fflush(stdout);
  struct pollfd waiting[] = {{.fd = 0, .events = POLLIN}, {.fd = descriptor, .events = POLLIN}};
  for (;;) {
    if (poll(waiting, 2, -1) < 0 && errno != EINTR) return 1;
    if (waiting[1].revents != 0 && (error = cpg_dispatch(handle, CS_DISPATCH_ALL)) != CS_OK && error != CS_ERR_TRY_AGAIN)
      fail("cpg_dispatch", error);
    if (waiting[0].revents != 0) {
      ssize_t got = read(0, input + filled, sizeof input - filled);
      if (got <= 0) return 0;
      filled += (size_t)got;
      char *begin = input, *end;
      while ((end = memchr(begin, '\n', filled - (size_t)(begin - input))) != NULL) {
        say(begin, (size_t)(end - begin));
        begin = end + 1;
      }
      filled -= (size_t)(begin - input);
      memmove(input, begin, filled);
    }
    fflush(stdout);
  }
}
