/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void fail(const char *message)
{
    perror(message);
    exit(EXIT_FAILURE);
}

static int set_nonblocking(int sock)
{
    int flags = fcntl(sock, F_GETFL);
    return flags == -1 ? -1 : fcntl(sock, F_SETFL, flags | O_NONBLOCK);
}

int listen_on(int port)
{
    struct sockaddr_in addr;
    socklen_t naddr = sizeof(addr);
    int on = 1;
    int sock = socket(PF_INET, SOCK_STREAM, 0);

    if (sock < 0) {
        fail("socket error");
    }
    (void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_port = htons((uint16_t)port);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(sock, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
        fail("bind error");
    }
    if (listen(sock, SOMAXCONN) < 0) {
        fail("listen error");
    }
    if (set_nonblocking(sock) < 0 || getsockname(sock, (struct sockaddr *)&addr, &naddr) < 0) {
        fail("listening socket error");
    }
    printf("Listen on %d\n", ntohs(addr.sin_port));
    return sock;
}

int accept_client(int listener)
{
    int sock = accept(listener, NULL, NULL);
    if (sock < 0) {
        return -1;
    }
    if (set_nonblocking(sock) < 0) {
        close(sock);
        return -1;
    }
    return sock;
}

static struct msghdr message(struct iovec *pieces, const struct lcb_iovec_st *iov)
{
    struct msghdr msg;
    int i;
    for (i = 0; i < 2; ++i) {
        pieces[i].iov_base = iov[i].iov_base;
        pieces[i].iov_len = iov[i].iov_len;
    }
    memset(&msg, 0, sizeof(msg));
    msg.msg_iov = pieces;
    msg.msg_iovlen = 2;
    return msg;
}

lcb_ssize_t io_recvv(int sock, struct lcb_iovec_st *iov)
{
    struct iovec pieces[2];
    struct msghdr msg = message(pieces, iov);
    return recvmsg(sock, &msg, 0);
}

lcb_ssize_t io_sendv(int sock, struct lcb_iovec_st *iov)
{
    struct iovec pieces[2];
    struct msghdr msg = message(pieces, iov);
    return sendmsg(sock, &msg, MSG_NOSIGNAL);
}

int io_try_again(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }
