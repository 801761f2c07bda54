/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reactor plugin as people wrote them from the libcouchbase 2 tutorial, and still have them in their trees: raw epoll, plain
 * C, the tutorial's fields and no others, the rest of the table zero (revision 0). It works, for who knows its habits
 * (docs/interop.md, "Plugins of the tutorial's era"); each is marked below as a habit and is there on purpose.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tenon/io.h>

#define BATCH 128
#define VERSION_REFUSED 0x1e

struct watch {
    int sock;
    short flags; /* 0: not in the epoll set */
    void *arg;
    tenon_io_handler handler;
    unsigned long since; /* the turn in which it was put there */
    struct watch *next_dead;
};

struct timer {
    size_t place; /* in the heap, counted from 1; 0: not armed */
    uint64_t due;
    uint64_t period;
    void *arg;
    tenon_io_handler handler;
    unsigned long turn; /* in which it was armed or fired last */
    struct timer *next_dead;
};

struct reactor {
    int epoll;
    int stop;
    uint64_t now;
    unsigned long turn;
    int watched;
    struct timer **heap; /* the armed ones; the first due is heap[1] */
    size_t room;
    size_t armed;
    struct timer *dead_timers; /* freed between turns: a callback may destroy what is about to be called */
    struct watch *dead_watches;
};

static struct reactor *reactor_of(struct tenon_io_ops *io) { return io->v.v0.cookie; }

static uint64_t clock_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Sockets. */

static int era_socket(struct tenon_io_ops *io, int domain, int type, int protocol) {
    int sock = socket(domain, type, protocol);
    if (sock == -1) {
        io->v.v0.error = errno;
        return -1;
    }
    if (fcntl(sock, F_SETFL, fcntl(sock, F_GETFL) | O_NONBLOCK) == -1) {
        io->v.v0.error = errno;
        close(sock);
        return -1;
    }
    return sock;
}

static int era_connect(struct tenon_io_ops *io, int sock, const struct sockaddr *name, unsigned int namelen) {
    int ret = connect(sock, name, namelen);
    if (ret == -1)
        io->v.v0.error = errno;
    return ret;
}

static ssize_t era_recv(struct tenon_io_ops *io, int sock, void *buffer, size_t len, int flags) {
    ssize_t ret = recv(sock, buffer, len, flags);
    if (ret < 0)
        io->v.v0.error = errno;
    return ret;
}

/* Habit: SIGPIPE is the caller's business. */
static ssize_t era_send(struct tenon_io_ops *io, int sock, const void *msg, size_t len, int flags) {
    ssize_t ret = send(sock, msg, len, flags);
    if (ret < 0)
        io->v.v0.error = errno;
    return ret;
}

/* Habit: two vectors and no other number, and nobody is told why. */
static int two_vectors(struct msghdr *header, struct iovec vector[2], struct tenon_iovec *iov, size_t niov) {
    size_t i;
    if (niov != 2)
        return -1;
    for (i = 0; i < 2; ++i) {
        vector[i].iov_base = iov[i].iov_base;
        vector[i].iov_len = iov[i].iov_len;
    }
    header->msg_iov = vector;
    header->msg_iovlen = iov[1].iov_len ? 2 : 1;
    return 0;
}

static ssize_t era_recvv(struct tenon_io_ops *io, int sock, struct tenon_iovec *iov, size_t niov) {
    struct iovec vector[2];
    struct msghdr header = {0};
    ssize_t ret;
    if (two_vectors(&header, vector, iov, niov) == -1)
        return -1;
    ret = recvmsg(sock, &header, 0);
    if (ret < 0)
        io->v.v0.error = errno;
    return ret;
}

static ssize_t era_sendv(struct tenon_io_ops *io, int sock, struct tenon_iovec *iov, size_t niov) {
    struct iovec vector[2];
    struct msghdr header = {0};
    ssize_t ret;
    if (two_vectors(&header, vector, iov, niov) == -1)
        return -1;
    ret = sendmsg(sock, &header, 0);
    if (ret < 0)
        io->v.v0.error = errno;
    return ret;
}

static void era_close(struct tenon_io_ops *io, int sock) {
    (void)io;
    close(sock);
}

/* Events. */

static void *era_create_event(struct tenon_io_ops *io) {
    (void)io;
    return calloc(1, sizeof(struct watch));
}

static void era_delete_event(struct tenon_io_ops *io, int sock, void *event) {
    struct reactor *r = reactor_of(io);
    struct watch *w = event;
    if (!w->flags)
        return;
    epoll_ctl(r->epoll, EPOLL_CTL_DEL, sock, NULL);
    w->flags = 0;
    w->handler = NULL;
    --r->watched;
}

static int era_update_event(struct tenon_io_ops *io, int sock, void *event, short flags, void *arg,
                            tenon_io_handler handler) {
    struct reactor *r = reactor_of(io);
    struct watch *w = event;
    struct epoll_event ee = {0};

    /* Habit: the argument does not count as a change. */
    if (w->flags && w->flags == flags && w->handler == handler)
        return 0;

    ee.data.ptr = w;
    if (flags & TENON_IO_READ)
        ee.events |= EPOLLIN;
    if (flags & TENON_IO_WRITE)
        ee.events |= EPOLLOUT;
    if (epoll_ctl(r->epoll, w->flags ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, sock, &ee) == -1) {
        io->v.v0.error = errno;
        return -1;
    }
    if (!w->flags)
        ++r->watched;
    w->sock = sock;
    w->flags = flags;
    w->arg = arg;
    w->handler = handler;
    w->since = r->turn;
    return 0;
}

static void era_destroy_event(struct tenon_io_ops *io, void *event) {
    struct watch *w = event;
    era_delete_event(io, w->sock, w);
    w->next_dead = reactor_of(io)->dead_watches;
    reactor_of(io)->dead_watches = w;
}

/* Timers. */

static int before(const struct timer *x, const struct timer *y) {
    return x->due != y->due ? x->due < y->due : x->turn < y->turn;
}

static void put(struct reactor *r, size_t place, struct timer *t) {
    r->heap[place] = t;
    t->place = place;
}

static void settle(struct reactor *r, size_t place, struct timer *t) {
    for (; place > 1 && before(t, r->heap[place / 2]); place /= 2)
        put(r, place, r->heap[place / 2]);
    for (;;) {
        size_t child = 2 * place;
        if (child < r->armed && before(r->heap[child + 1], r->heap[child]))
            ++child;
        if (child > r->armed || !before(r->heap[child], t))
            break;
        put(r, place, r->heap[child]);
        place = child;
    }
    put(r, place, t);
}

static int insert(struct reactor *r, struct timer *t, uint64_t due) {
    if (r->armed + 2 > r->room) {
        size_t room = 2 * r->room + 16;
        struct timer **heap = realloc(r->heap, room * sizeof(*heap));
        if (!heap)
            return -1;
        r->heap = heap;
        r->room = room;
    }
    t->due = due;
    t->turn = r->turn;
    ++r->armed;
    settle(r, r->armed, t);
    return 0;
}

static void take_out(struct reactor *r, struct timer *t) {
    size_t place = t->place;
    struct timer *last = r->heap[r->armed--];
    t->place = 0;
    if (last != t)
        settle(r, place, last);
}

static void *era_create_timer(struct tenon_io_ops *io) {
    (void)io;
    return calloc(1, sizeof(struct timer));
}

static void era_delete_timer(struct tenon_io_ops *io, void *timer) {
    struct timer *t = timer;
    if (t->place)
        take_out(reactor_of(io), t);
}

static int era_update_timer(struct tenon_io_ops *io, void *timer, uint32_t usec, void *arg, tenon_io_handler handler) {
    struct reactor *r = reactor_of(io);
    struct timer *t = timer;

    /* Habit: an armed timer put into the heap again breaks it. Theirs found out later, and elsewhere. */
    if (t->place) {
        fprintf(stderr, "era plugin: update_timer on an armed timer corrupts the loop\n");
        abort();
    }
    t->period = usec;
    t->arg = arg;
    t->handler = handler;
    return insert(r, t, r->now + usec); /* Habit: counted from the loop's time, however old that is. */
}

static void era_destroy_timer(struct tenon_io_ops *io, void *timer) {
    struct timer *t = timer;
    era_delete_timer(io, t);
    t->next_dead = reactor_of(io)->dead_timers;
    reactor_of(io)->dead_timers = t;
}

/* The loop. */

static void bury(struct reactor *r) {
    while (r->dead_watches) {
        struct watch *w = r->dead_watches;
        r->dead_watches = w->next_dead;
        free(w);
    }
    while (r->dead_timers) {
        struct timer *t = r->dead_timers;
        r->dead_timers = t->next_dead;
        free(t);
    }
}

static void fire_timers(struct reactor *r) {
    struct timer *t;
    while (r->armed && (t = r->heap[1])->due <= r->now && t->turn != r->turn) {
        t->due = r->now + t->period; /* Habit: it goes on until delete_timer. */
        t->turn = r->turn;
        settle(r, 1, t);
        t->handler(-1, 0, t->arg);
    }
}

static void serve(struct reactor *r, const struct epoll_event *ready) {
    struct watch *w = ready->data.ptr;
    short which = 0;
    if (!w->flags || w->since == r->turn)
        return;
    /* Habit: whatever goes wrong shows as readable and writable, never as an error. */
    if (ready->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        which |= TENON_IO_READ;
    if (ready->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
        which |= TENON_IO_WRITE;
    which &= w->flags;
    if (which)
        w->handler(w->sock, which, w->arg);
}

static void era_run_event_loop(struct tenon_io_ops *io) {
    struct reactor *r = reactor_of(io);
    struct epoll_event ready[BATCH];

    while (!r->stop && (r->watched || r->armed)) {
        int timeout = -1;
        int count;
        int i;

        r->now = clock_now();
        if (r->armed)
            timeout = r->heap[1]->due <= r->now ? 0 : (int)((r->heap[1]->due - r->now + 999) / 1000);
        count = epoll_wait(r->epoll, ready, BATCH, timeout);
        r->now = clock_now();
        ++r->turn;
        for (i = 0; i < count; ++i)
            serve(r, &ready[i]);
        fire_timers(r);
        bury(r);
    }
    r->stop = 0;
}

/* Habit: outside a run it spoils the next one. */
static void era_stop_event_loop(struct tenon_io_ops *io) { reactor_of(io)->stop = 1; }

static void era_destroy(struct tenon_io_ops *io) {
    struct reactor *r = reactor_of(io);
    bury(r);
    close(r->epoll);
    free(r->heap);
    free(r);
    free(io);
}

TENON_API int lcb_create_era_io_opts(int version, struct tenon_io_ops **io, void *cookie);

int lcb_create_era_io_opts(int version, struct tenon_io_ops **io, void *cookie) {
    struct tenon_io_ops *ops;
    struct reactor *r;

    (void)cookie;
    if (version != 0)
        return VERSION_REFUSED;
    ops = calloc(1, sizeof(*ops));
    r = calloc(1, sizeof(*r));
    if (!ops || !r || (r->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1) {
        free(ops);
        free(r);
        return TENON_IO_ENOMEM;
    }
    r->now = clock_now();
    ops->version = 0;
    ops->destructor = era_destroy;
    ops->v.v0.cookie = r;
    ops->v.v0.socket = era_socket;
    ops->v.v0.connect = era_connect;
    ops->v.v0.recv = era_recv;
    ops->v.v0.send = era_send;
    ops->v.v0.recvv = era_recvv;
    ops->v.v0.sendv = era_sendv;
    ops->v.v0.close = era_close;
    ops->v.v0.create_event = era_create_event;
    ops->v.v0.destroy_event = era_destroy_event;
    ops->v.v0.update_event = era_update_event;
    ops->v.v0.delete_event = era_delete_event;
    ops->v.v0.create_timer = era_create_timer;
    ops->v.v0.destroy_timer = era_destroy_timer;
    ops->v.v0.update_timer = era_update_timer;
    ops->v.v0.delete_timer = era_delete_timer;
    ops->v.v0.run_event_loop = era_run_event_loop;
    ops->v.v0.stop_event_loop = era_stop_event_loop;
    *io = ops;
    return TENON_IO_OK;
}
