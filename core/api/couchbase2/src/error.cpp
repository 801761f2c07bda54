// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <tenon/errc.hpp>

#include <libcouchbase/callbacks.h>

#include "enumerators.hpp"

namespace tenon::couchbase2 {

lcb_error_t failure_to_lcb(const std::error_code &error) {
    if (error.category() != error_category()) return LCB_ERROR;
    switch (static_cast<errc>(error.value())) {
    case errc::not_found: return LCB_KEY_ENOENT;
    case errc::exists: return LCB_KEY_EEXISTS;
    case errc::too_big: return LCB_E2BIG;
    case errc::invalid_arguments: return LCB_EINVAL;
    case errc::not_stored: return LCB_NOT_STORED;
    case errc::delta_bad_value: return LCB_DELTA_BADVAL;
    case errc::not_my_vbucket: return LCB_NOT_MY_VBUCKET;
    case errc::no_bucket: return LCB_BUCKET_ENOENT;
    case errc::locked: return LCB_ETMPFAIL;  // what servers answered before they had a status for it
    case errc::auth_stale:
    case errc::auth_error: return LCB_AUTH_ERROR;
    case errc::auth_continue: return LCB_AUTH_CONTINUE;
    case errc::out_of_range: return LCB_ERANGE;
    case errc::no_access: return LCB_AUTH_ERROR;
    case errc::unknown_command: return LCB_UNKNOWN_COMMAND;
    case errc::server_out_of_memory: return LCB_ENOMEM;
    case errc::not_supported: return LCB_NOT_SUPPORTED;
    case errc::internal_error: return LCB_EINTERNAL;
    case errc::busy: return LCB_EBUSY;
    case errc::temporary_failure: return LCB_ETMPFAIL;
    case errc::timeout: return LCB_ETIMEDOUT;
    case errc::network: return LCB_NETWORK_ERROR;
    case errc::cancelled: return LCB_ERROR;
    case errc::would_exceed_limits: return LCB_CLIENT_ETMPFAIL;
    case errc::key_size: return LCB_E2BIG;
    case errc::value_size: return LCB_E2BIG;
    case errc::no_server: return LCB_NO_MATCHING_SERVER;
    case errc::protocol: return LCB_PROTOCOL_ERROR;
    case errc::authentication: return LCB_AUTH_ERROR;
    case errc::no_common_mechanism: return LCB_SASLMECH_UNAVAILABLE;
    case errc::bucket_not_found: return LCB_BUCKET_ENOENT;
    case errc::bad_map: return LCB_PROTOCOL_ERROR;
    case errc::http: return LCB_PROTOCOL_ERROR;
    case errc::no_host: return LCB_CONNECT_ERROR;
    case errc::unknown_host: return LCB_UNKNOWN_HOST;
    case errc::connect: return LCB_CONNECT_ERROR;
    case errc::io_plugin: return LCB_NOT_SUPPORTED;
    case errc::invalid_option: return LCB_EINVAL;
    case errc::in_callback: return LCB_BUSY;
    case errc::not_connected: return LCB_CLIENT_ETMPFAIL;
    case errc::split_brain: return LCB_CONNECT_ERROR;
    case errc::too_few_copies: return LCB_DURABILITY_ETOOMANY;
    }
    return LCB_UNKNOWN_MEMCACHED_ERROR;
}

}  // namespace tenon::couchbase2

lcb_error_t lcb_errmap_default(lcb_t, lcb_uint16_t code) {
    constexpr lcb_uint16_t kLastStatus = 0xff;  // what is above are the client's own reasons
    return code <= kLastStatus ? tenon::couchbase2::to_lcb(static_cast<tenon::errc>(code))
                               : LCB_UNKNOWN_MEMCACHED_ERROR;
}

int lcb_get_errtype(lcb_error_t error) {
    switch (tenon::couchbase2::number_of(error)) {
#define LCB_CLASSES_(name, number, classes, text) \
    case number: return classes;
        LCB_XERR(LCB_CLASSES_)
#undef LCB_CLASSES_
    default: return 0;
    }
}

const char *lcb_strerror(lcb_t, lcb_error_t error) {
    switch (tenon::couchbase2::number_of(error)) {
#define LCB_TEXT_(name, number, classes, text) \
    case number: return text;
        LCB_XERR(LCB_TEXT_)
#undef LCB_TEXT_
    default: return "Unknown error number";
    }
}
