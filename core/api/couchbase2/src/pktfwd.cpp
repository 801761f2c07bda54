// SPDX-License-Identifier: Apache-2.0
// What there is of forwarding packets: refusals, and callbacks that are remembered.
#include <libcouchbase/pktfwd.h>

#include <utility>

#include "instance.hpp"

lcb_error_t lcb_pktfwd3(lcb_t, const void *, const lcb_CMDPKTFWD *) { return LCB_NOT_SUPPORTED; }

lcb_pktfwd_callback lcb_set_pktfwd_callback(lcb_t instance, lcb_pktfwd_callback callback) {
    return std::exchange(instance->callbacks.packet, callback != nullptr ? callback : instance->callbacks.packet);
}

lcb_pktflushed_callback lcb_set_pktflushed_callback(lcb_t instance, lcb_pktflushed_callback callback) {
    return std::exchange(instance->callbacks.flushed, callback != nullptr ? callback : instance->callbacks.flushed);
}

void lcb_backbuf_ref(lcb_BACKBUF) {}

void lcb_backbuf_unref(lcb_BACKBUF) {}
