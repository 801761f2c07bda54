// SPDX-License-Identifier: Apache-2.0
#include "history.hpp"

namespace tenon::simulation {

const char *name(Action action) {
    static constexpr const char *kNames[kActions] = {
        "get",   "get-and-touch", "set",       "add",  "replace", "append",      "prepend",          "remove",
        "touch", "increment",     "decrement", "lock", "unlock",  "exists",      "get-replica",      "durability",
        "get-all-replicas", "observe", "noop", "version", "verbosity", "stats", "flush", "evict", "http"};
    return kNames[static_cast<unsigned>(action)];
}

}  // namespace tenon::simulation
