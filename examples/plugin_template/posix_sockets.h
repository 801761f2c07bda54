/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table's socket calls, as every plugin for a POSIX system has them: nothing here knows of an event loop. Include it
 * in the one file that makes the table. The numbers in brackets are the rules of the contract.
 */
#ifndef POSIX_SOCKETS_H
#define POSIX_SOCKETS_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <tenon/io.h>

/* Every call that fails leaves the reason in `error` [R11]. */
static inline ssize_t told(struct tenon_io_ops *io, ssize_t result) {
    if (result == -1) io->error = errno;
    return result;
}

/* Non-blocking, and not inherited by programs that the process starts [R11]. */
static inline int posix_socket(struct tenon_io_ops *io, int domain, int type, int protocol) {
    return (int)told(io, socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

/* Interrupted by a signal it goes on by itself; it is never asked for a second time [R4]. */
static inline int posix_connect(struct tenon_io_ops *io, int sock, const struct sockaddr *name, unsigned int namelen) {
    const int result = (int)told(io, connect(sock, name, namelen));
    if (result == -1 && io->error == EINTR) io->error = EINPROGRESS;
    return result;
}

/* #region sendv */
/* Not writev(2), which raises SIGPIPE; and a signal is no reason to come back empty-handed [R11]. */
static inline ssize_t posix_sendv(struct tenon_io_ops *io, int sock, struct tenon_iovec *iov, size_t niov) {
    struct msghdr message;
    ssize_t result;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)iov; /* the same layout */
    message.msg_iovlen = niov;
    do result = sendmsg(sock, &message, MSG_NOSIGNAL);
    while (result == -1 && errno == EINTR);
    return told(io, result);
}
/* #endregion */

static inline ssize_t posix_recvv(struct tenon_io_ops *io, int sock, struct tenon_iovec *iov, size_t niov) {
    struct msghdr message;
    ssize_t result;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)iov;
    message.msg_iovlen = niov;
    do result = recvmsg(sock, &message, 0);
    while (result == -1 && errno == EINTR);
    return told(io, result);
}

static inline ssize_t posix_send(struct tenon_io_ops *io, int sock, const void *msg, size_t len, int flags) {
    ssize_t result;
    do result = send(sock, msg, len, flags | MSG_NOSIGNAL);
    while (result == -1 && errno == EINTR);
    return told(io, result);
}

static inline ssize_t posix_recv(struct tenon_io_ops *io, int sock, void *buffer, size_t len, int flags) {
    ssize_t result;
    do result = recv(sock, buffer, len, flags);
    while (result == -1 && errno == EINTR);
    return told(io, result);
}

static inline void posix_close(struct tenon_io_ops *io, int sock) {
    (void)io;
    close(sock);
}

static inline void use_posix_sockets(struct tenon_io_ops *io) {
    io->socket = posix_socket;
    io->connect = posix_connect;
    io->send = posix_send;
    io->recv = posix_recv;
    io->sendv = posix_sendv;
    io->recvv = posix_recvv;
    io->close = posix_close;
}

#endif
