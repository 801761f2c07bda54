/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tutorial's listings take for granted. The listings themselves are in listings/, as printed; the programs
 * around them only include them.
 */
#ifndef TUTORIAL_H
#define TUTORIAL_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libcouchbase/couchbase.h>

#include "../../../examples/echo/ringbuffer.h"

#define BUFFER_SIZE 1024
#define null NULL

/* Tests stay on the loopback interface. */
#undef INADDR_ANY
#define INADDR_ANY htonl(INADDR_LOOPBACK)

/* The listings give it one argument or two. */
#define fail(...) fail_((const char *[]){__VA_ARGS__, NULL})

static void fail_(const char *const *texts)
{
    fprintf(stderr, "%s: %s\n", texts[0], texts[1] != NULL ? texts[1] : strerror(errno));
    exit(EXIT_FAILURE);
}

static const char *setting(const char *variable)
{
    const char *value = getenv(variable);
    if (value == NULL) {
        fail("not set", variable);
    }
    return value;
}

/* Whoever reads the output through a pipe gets each line at once. */
static void flush_lines(void) __attribute__((constructor));
static void flush_lines(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

#endif
