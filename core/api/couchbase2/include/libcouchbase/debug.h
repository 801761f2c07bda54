/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Enumerators and commands as text, on C++ streams (libcouchbase 2.0 to 2.3); nothing for C. Everything is inline: no
 * C++ symbol is asked of the library. lcb_datatype_t has no operator of its own, as it is an unsigned char, which
 * streams know.
 */
#ifndef LIBCOUCHBASE_DEBUG_H
#define LIBCOUCHBASE_DEBUG_H 1

#include <libcouchbase/couchbase.h>

#ifdef __cplusplus

#include <iostream>
#include <string>

/** "LCB_SUCCESS"; the number of an error that is none of the list. */
inline std::ostream &operator<<(std::ostream &out, const lcb_error_t error) {
    switch (static_cast<int>(error)) {
#define LCB_XERR_NAME_(name, number, classes, text) \
    case number: return out << #name;
        LCB_XERR(LCB_XERR_NAME_)
#undef LCB_XERR_NAME_
    default: return out << static_cast<int>(error);
    }
}

/** "LCB_HTTP_TYPE_VIEW" and so on. */
inline std::ostream &operator<<(std::ostream &out, const lcb_http_type_t type) {
    switch (static_cast<int>(type)) {
    case LCB_HTTP_TYPE_VIEW: return out << "LCB_HTTP_TYPE_VIEW";
    case LCB_HTTP_TYPE_MANAGEMENT: return out << "LCB_HTTP_TYPE_MANAGEMENT";
    case LCB_HTTP_TYPE_RAW: return out << "LCB_HTTP_TYPE_RAW";
    default: return out << static_cast<int>(type);
    }
}

/** "LCB_HTTP_METHOD_GET" and so on. */
inline std::ostream &operator<<(std::ostream &out, const lcb_http_method_t method) {
    switch (static_cast<int>(method)) {
    case LCB_HTTP_METHOD_GET: return out << "LCB_HTTP_METHOD_GET";
    case LCB_HTTP_METHOD_POST: return out << "LCB_HTTP_METHOD_POST";
    case LCB_HTTP_METHOD_PUT: return out << "LCB_HTTP_METHOD_PUT";
    case LCB_HTTP_METHOD_DELETE: return out << "LCB_HTTP_METHOD_DELETE";
    default: return out << static_cast<int>(method);
    }
}

/** "LCB_SET" and so on. */
inline std::ostream &operator<<(std::ostream &out, const lcb_storage_t operation) {
    switch (static_cast<int>(operation)) {
    case LCB_ADD: return out << "LCB_ADD";
    case LCB_REPLACE: return out << "LCB_REPLACE";
    case LCB_SET: return out << "LCB_SET";
    case LCB_APPEND: return out << "LCB_APPEND";
    case LCB_PREPEND: return out << "LCB_PREPEND";
    default: return out << static_cast<int>(operation);
    }
}

/** Method, path and the body's length. */
inline std::ostream &operator<<(std::ostream &out, const lcb_http_cmd_t &cmd) {
    if (cmd.version != 0 && cmd.version != 1) return out << "lcb_http_cmd_t of version " << cmd.version;
    return out << cmd.v.v0.method << ' ' << std::string(cmd.v.v0.path, cmd.v.v0.npath) << " (" << cmd.v.v0.nbody
               << " bytes)";
}

/** Operation, key and the value's length. */
inline std::ostream &operator<<(std::ostream &out, const lcb_store_cmd_t &cmd) {
    if (cmd.version != 0) return out << "lcb_store_cmd_t of version " << cmd.version;
    return out << cmd.v.v0.operation << ' ' << std::string(static_cast<const char *>(cmd.v.v0.key), cmd.v.v0.nkey)
               << " (" << cmd.v.v0.nbytes << " bytes)";
}

#endif

#endif
