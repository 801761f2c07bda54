// SPDX-License-Identifier: Apache-2.0
// lcb_sched_enter and what ends it: a batch of the client's, and what can still take it back.
#include "instance.hpp"

void lcb_sched_enter(lcb_t instance) {
    if (instance->scheduled || !instance->client) return;
    instance->scheduled.emplace();
    instance->client->enter();
}

void lcb_sched_leave(lcb_t instance) {
    if (!instance->scheduled) return;
    instance->scheduled.reset();  // its operations stay
    instance->client->leave();
}

void lcb_sched_fail(lcb_t instance) {
    if (instance->scheduled) instance->scheduled->drop();
    lcb_sched_leave(instance);
}

void lcb_sched_flush(lcb_t) {}
