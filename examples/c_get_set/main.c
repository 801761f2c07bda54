/* SPDX-License-Identifier: Apache-2.0 */
/* Stores one document and reads it back, through the C API. Usage: c_get_set [HOST:PORT [BUCKET]] */
#include <stdio.h>
#include <string.h>

#include <libcouchbase/couchbase.h>

static int read_back = 0;

static void on_error(lcb_t instance, lcb_error_t error, const char *why)
{
    fprintf(stderr, "%s (%s)\n", lcb_strerror(instance, error), why != NULL ? why : "");
}

static void on_get(lcb_t instance, const void *cookie, lcb_error_t error, const lcb_get_resp_t *resp)
{
    (void)cookie;
    if (error != LCB_SUCCESS) {
        on_error(instance, error, "get");
        return;
    }
    read_back = 1;
    printf("%.*s = %.*s\n", (int)resp->v.v0.nkey, (const char *)resp->v.v0.key, (int)resp->v.v0.nbytes,
           (const char *)resp->v.v0.bytes);
}

static void on_stored(lcb_t instance, const void *cookie, lcb_storage_t operation, lcb_error_t error,
                      const lcb_store_resp_t *resp)
{
    lcb_get_cmd_t get;
    const lcb_get_cmd_t *gets[] = {&get};

    (void)operation;
    if (error != LCB_SUCCESS) {
        on_error(instance, error, "store");
        return;
    }
    memset(&get, 0, sizeof(get));
    get.v.v0.key = resp->v.v0.key;
    get.v.v0.nkey = resp->v.v0.nkey;
    lcb_get(instance, cookie, 1, gets);
}

int main(int argc, char **argv)
{
    struct lcb_create_st options;
    lcb_store_cmd_t set;
    const lcb_store_cmd_t *sets[] = {&set};
    lcb_t instance;
    lcb_error_t error;

    memset(&options, 0, sizeof(options));
    options.v.v0.host = argc > 1 ? argv[1] : "127.0.0.1:8091";
    options.v.v0.bucket = argc > 2 ? argv[2] : "default";
    error = lcb_create(&instance, &options);
    if (error != LCB_SUCCESS) {
        on_error(NULL, error, "create");
        return 1;
    }
    lcb_set_error_callback(instance, on_error);
    lcb_set_store_callback(instance, on_stored);
    lcb_set_get_callback(instance, on_get);

    if (lcb_connect(instance) == LCB_SUCCESS && lcb_wait(instance) == LCB_SUCCESS) {
        memset(&set, 0, sizeof(set));
        set.v.v0.key = "greeting";
        set.v.v0.nkey = strlen("greeting");
        set.v.v0.bytes = "hello";
        set.v.v0.nbytes = strlen("hello");
        set.v.v0.operation = LCB_SET;
        lcb_store(instance, NULL, 1, sets);
        lcb_wait(instance); /* runs the loop until nothing is pending */
    }
    lcb_destroy(instance);
    return read_back ? 0 : 1;
}
