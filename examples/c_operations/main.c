/* SPDX-License-Identifier: Apache-2.0 */
/* The common operations, as arrays of commands. Usage: c_operations [HOST:PORT [BUCKET]] */
#include <stdio.h>
#include <string.h>

#include <libcouchbase/couchbase.h>

static int stored = 0, counted = 0, found = 0, missing = 0;

static void on_stored(lcb_t instance, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                      const lcb_store_resp_t *resp)
{
    (void)instance;
    (void)cookie;
    (void)operation;
    (void)resp;
    if (error == LCB_SUCCESS) stored++;
}

static void on_counted(lcb_t instance, const void *cookie, lcb_error_t error, const lcb_arithmetic_resp_t *resp)
{
    (void)instance;
    (void)cookie;
    if (error != LCB_SUCCESS) return;
    counted++;
    printf("%lu visits\n", (unsigned long)resp->v.v0.value);
}

static void on_got(lcb_t instance, const void *cookie, lcb_error_t error, const lcb_get_resp_t *resp)
{
    (void)cookie;
    if (error == LCB_SUCCESS) {
        found++;
    } else if (error == LCB_KEY_ENOENT) {
        missing++;
    }
    printf("%.*s: %s\n", (int)resp->v.v0.nkey, (const char *)resp->v.v0.key, lcb_strerror(instance, error));
}

static void schedule(lcb_t instance)
{
    /* #region operations */
    lcb_store_cmd_t store;
    lcb_arithmetic_cmd_t count;
    lcb_get_cmd_t first, second;
    const lcb_store_cmd_t *stores[] = {&store};
    const lcb_arithmetic_cmd_t *counts[] = {&count};
    const lcb_get_cmd_t *gets[] = {&first, &second}; /* one call, two callbacks */

    memset(&store, 0, sizeof(store)); /* zero is version 0, and every field's default but `operation`'s: it has none */
    store.v.v0.key = "page";
    store.v.v0.nkey = strlen("page");
    store.v.v0.bytes = "<html>";
    store.v.v0.nbytes = strlen("<html>");
    store.v.v0.operation = LCB_SET;
    store.v.v0.exptime = 3600;
    lcb_store(instance, NULL, 1, stores);

    memset(&count, 0, sizeof(count));
    count.v.v0.key = "visits";
    count.v.v0.nkey = strlen("visits");
    count.v.v0.delta = 1;
    count.v.v0.create = 1;
    count.v.v0.initial = 1;
    lcb_arithmetic(instance, NULL, 1, counts);

    memset(&first, 0, sizeof(first));
    first.v.v0.key = "page";
    first.v.v0.nkey = strlen("page");
    second = first;
    second.v.v0.key = "none";
    lcb_get(instance, NULL, 2, gets);
    /* #endregion */
}

int main(int argc, char **argv)
{
    struct lcb_create_st options;
    lcb_t instance;

    memset(&options, 0, sizeof(options));
    options.v.v0.host = argc > 1 ? argv[1] : "127.0.0.1:8091";
    options.v.v0.bucket = argc > 2 ? argv[2] : "default";
    if (lcb_create(&instance, &options) != LCB_SUCCESS) return 1;
    lcb_set_store_callback(instance, on_stored);
    lcb_set_arithmetic_callback(instance, on_counted);
    lcb_set_get_callback(instance, on_got);
    if (lcb_connect(instance) == LCB_SUCCESS && lcb_wait(instance) == LCB_SUCCESS) {
        schedule(instance);
        lcb_wait(instance);
    }
    lcb_destroy(instance);
    return stored == 1 && counted == 1 && found == 1 && missing == 1 ? 0 : 1;
}
