/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket calls of the echo servers.
 */
#ifndef ECHO_SOCKETS_H
#define ECHO_SOCKETS_H

#include <libcouchbase/iops.h>

/* Prints why, with errno, and ends the program. */
void fail(const char *message) __attribute__((noreturn));

/* A socket that listens on a port of the loopback interface; 0 takes a free port. Prints the port. */
int listen_on(int port);

/* The next connection, non-blocking; -1 if there is none (any more). */
int accept_client(int listener);

/* Receive into, or send from, two pieces of memory. As recvmsg(2) and sendmsg(2), without SIGPIPE. */
lcb_ssize_t io_recvv(int sock, struct lcb_iovec_st *iov);
lcb_ssize_t io_sendv(int sock, struct lcb_iovec_st *iov);

/* Whether the last call that failed will succeed later: the watcher has to wait for more. */
int io_try_again(void);

#endif
