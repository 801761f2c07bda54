/* SPDX-License-Identifier: Apache-2.0 */
/* Step 1 of the tutorial, as printed. $TUTORIAL_PORT is where it listens. */
#include <ev.h>

#include "../../../examples/echo/sockets.h"
#include "tutorial.h"

#define PORT_NO atoi(setting("TUTORIAL_PORT"))

struct client_s {
    struct ev_io watcher;
    int fd;
    struct sockaddr_in addr;
    socklen_t naddr;
    ringbuffer_t buf;
};

void client_cb(struct ev_loop *loop, struct ev_io *watcher, int revents);
void accept_cb(struct ev_loop *loop, struct ev_io *watcher, int revents);

#include "listings/main.inc"
#include "listings/accept_cb.inc"
#include "listings/client_cb.inc"
