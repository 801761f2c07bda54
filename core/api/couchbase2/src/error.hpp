// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <system_error>

#include <libcouchbase/error.h>

namespace tenon::couchbase2 {

/// The C API's number for what the C++ face reports.
lcb_error_t failure_to_lcb(const std::error_code &error);
inline lcb_error_t to_lcb(const std::error_code &error) { return error ? failure_to_lcb(error) : LCB_SUCCESS; }

/// Runs `body`, which returns an lcb_error_t, and keeps exceptions inside: a C caller cannot catch them.
template <class Body>
lcb_error_t guarded(Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return LCB_CLIENT_ENOMEM;
    } catch (const std::exception &) {
        return LCB_EINTERNAL;
    }
}

}  // namespace tenon::couchbase2
