/* SPDX-License-Identifier: Apache-2.0 */
/* A hundred counters, counted up in one batch: one write to each server. Usage: c_batch [HOST:PORT [BUCKET]] */
#include <stdio.h>
#include <string.h>

#include <libcouchbase/api3.h>
#include <libcouchbase/couchbase.h>

enum { COUNTERS = 100 };

/* What the callback needs to know: the cookie of every command points here. */
struct progress {
    int counted;
    int failed;
};

/* #region callback */
static void on_counted(lcb_t instance, int type, const lcb_RESPBASE *base)
{
    const lcb_RESPCOUNTER *response = (const lcb_RESPCOUNTER *)base;
    struct progress *progress = response->cookie;

    (void)type;
    if (response->rc == LCB_SUCCESS) {
        progress->counted++;
    } else {
        progress->failed++;
        fprintf(stderr, "%.*s: %s\n", (int)response->nkey, (const char *)response->key,
                lcb_strerror(instance, response->rc));
    }
}
/* #endregion */

/* #region batch */
static lcb_error_t count_all(lcb_t instance, struct progress *progress)
{
    int i;

    lcb_sched_enter(instance);
    for (i = 0; i < COUNTERS; i++) {
        char key[32]; /* copied before lcb_counter3 returns */
        lcb_CMDCOUNTER command;
        lcb_error_t error;

        memset(&command, 0, sizeof(command));
        LCB_CMD_SET_KEY(&command, key, (size_t)sprintf(key, "counter-%d", i));
        command.delta = 1;
        command.create = 1; /* a missing one begins with `initial`, 0 */
        error = lcb_counter3(instance, progress, &command);
        if (error != LCB_SUCCESS) {
            lcb_sched_fail(instance); /* takes back what was scheduled since lcb_sched_enter */
            return error;
        }
    }
    lcb_sched_leave(instance); /* sends it all */
    return LCB_SUCCESS;
}
/* #endregion */

static void on_error(lcb_t instance, lcb_error_t error, const char *why)
{
    fprintf(stderr, "%s (%s)\n", lcb_strerror(instance, error), why);
}

int main(int argc, char **argv)
{
    struct progress progress = {0, 0};
    struct lcb_create_st options;
    lcb_t instance;
    lcb_error_t error;

    memset(&options, 0, sizeof(options));
    options.v.v0.host = argc > 1 ? argv[1] : "127.0.0.1:8091";
    options.v.v0.bucket = argc > 2 ? argv[2] : "default";
    error = lcb_create(&instance, &options);
    if (error != LCB_SUCCESS) {
        fprintf(stderr, "create: %s\n", lcb_strerror(NULL, error));
        return 1;
    }
    lcb_set_error_callback(instance, on_error);
    lcb_install_callback3(instance, LCB_CALLBACK_COUNTER, on_counted);

    error = lcb_connect(instance);
    if (error == LCB_SUCCESS) error = lcb_wait(instance); /* for the cluster's map */
    if (error == LCB_SUCCESS) error = count_all(instance, &progress);
    if (error == LCB_SUCCESS) error = lcb_wait(instance); /* for the hundred answers */
    lcb_destroy(instance);

    printf("%d counted, %d failed: %s\n", progress.counted, progress.failed, lcb_strerror(NULL, error));
    return progress.counted == COUNTERS ? 0 : 1;
}
