/* SPDX-License-Identifier: Apache-2.0 */
/* A client in a loop written by hand: the program watches one descriptor and calls `tick` when it is readable. Whatever can
 * watch a descriptor can do the same. Usage: inject_epoll [HOST:PORT [BUCKET]] */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <libcouchbase/couchbase.h>
#include <tenon/io.h>

static int answered = 0;
static int stored = 0;

static void on_stored(lcb_t instance, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                      const lcb_store_resp_t *resp)
{
    (void)cookie;
    (void)operation;
    (void)resp;
    answered = 1;
    stored = error == LCB_SUCCESS;
    printf("%s\n", stored ? "stored" : lcb_strerror(instance, error));
}

static void on_connected(lcb_t instance, lcb_configuration_t config)
{
    lcb_store_cmd_t set;
    const lcb_store_cmd_t *sets[] = {&set};

    (void)config;
    memset(&set, 0, sizeof(set));
    set.v.v0.key = "greeting";
    set.v.v0.nkey = strlen("greeting");
    set.v.v0.bytes = "hello from a loop of its own";
    set.v.v0.nbytes = strlen("hello from a loop of its own");
    set.v.v0.operation = LCB_SET;
    lcb_store(instance, NULL, 1, sets);
}

static void on_error(lcb_t instance, lcb_error_t error, const char *why)
{
    answered = 1;
    fprintf(stderr, "%s (%s)\n", lcb_strerror(instance, error), why);
}

int main(int argc, char **argv)
{
    struct tenon_io_options plugin;
    struct tenon_io_ops *io;
    struct lcb_create_st options;
    struct pollfd watch = {-1, POLLIN, 0};
    lcb_t instance;
    int looks = 0;

    memset(&plugin, 0, sizeof(plugin));
    plugin.find = TENON_IO_NAME;
    plugin.name = "epoll";
    plugin.cookie = &watch.fd; /* receives the descriptor */
    if (tenon_create_io_ops(&io, &plugin) != TENON_IO_OK) {
        fprintf(stderr, "%s\n", tenon_io_error_message());
        return 1;
    }
    memset(&options, 0, sizeof(options));
    options.v.v0.host = argc > 1 ? argv[1] : "127.0.0.1:8091";
    options.v.v0.bucket = argc > 2 ? argv[2] : "default";
    options.v.v0.io = io;
    if (lcb_create(&instance, &options) != LCB_SUCCESS) return 1;
    lcb_set_configuration_callback(instance, on_connected);
    lcb_set_error_callback(instance, on_error);
    lcb_set_store_callback(instance, on_stored);
    lcb_connect(instance);

    while (!answered) {
        ++looks; /* the program's own work, every 10 ms and whenever the client had something to do */
        if (poll(&watch, 1, 10) > 0) io->tick(io);
    }
    lcb_destroy(instance);
    tenon_destroy_io_ops(io); /* closes the descriptor */
    printf("seen at look %d\n", looks);
    return stored ? 0 : 1;
}
