// SPDX-License-Identifier: Apache-2.0
// The same in C++'s dialects, and what C++ programs have besides: constructors.
#include "headers.c"

void constructed(lcb_t instance);
void constructed(lcb_t instance)
{
    const char key[] = "key";
    lcb_get_cmd_t get(key), get_sized(key, 3, 60, 1), get_nothing;
    lcb_get_replica_cmd_t replica(key, 3), selected(key, 3, LCB_REPLICA_SELECT, 1);
    lcb_unlock_cmd_t unlock(key, 3, 1);
    lcb_touch_cmd_t touch(key, 3, 60);
    lcb_store_cmd_t store(LCB_SET, key, 3, "value", 5, 1, 60, 0, 0), store_nothing(LCB_ADD, key, 3);
    lcb_arithmetic_cmd_t count(key, 3, -1, 1, 10, 60);
    lcb_observe_cmd_t observe(key, 3);
    lcb_remove_cmd_t remove(key);
    lcb_server_stats_cmd_t stats("settings");
    lcb_server_version_cmd_t versions;
    lcb_verbosity_cmd_t verbosity(LCB_VERBOSITY_DEBUG, "localhost:11210");
    lcb_flush_cmd_t flush;
    lcb_http_cmd_t http("/pools", 6, 0, 0, LCB_HTTP_METHOD_GET, 0, "application/json");
    lcb_create_st options("localhost", "user", "password", "bucket", 0, LCB_TYPE_BUCKET), defaults;
    const lcb_store_cmd_t *const commands[] = {&store, &store_nothing};
    (void)lcb_store(instance, 0, 2, commands);
}

/* debug.h is C++'s only. */
void printed(std::ostream &out);
void printed(std::ostream &out)
{
    lcb_store_cmd_t store(LCB_SET, "key", 3);
    lcb_http_cmd_t http("/pools", 6, 0, 0, LCB_HTTP_METHOD_GET, 0, "application/json");
    out << LCB_SUCCESS << LCB_HTTP_TYPE_VIEW << LCB_HTTP_METHOD_PUT << LCB_APPEND << store << http;
}
