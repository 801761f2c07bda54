// SPDX-License-Identifier: Apache-2.0
/// @file
/// Why an operation, a bootstrap or a load failed: `tenon::errc`, a std::error_code enumeration.
#pragma once

#include <system_error>

#include <tenon/io.h>

namespace tenon {

/// Values 1 to 0xff are the server's own statuses, under the numbers of the memcached binary protocol; a status this
/// list does not know keeps its number (its message says so). Values from 0x1000 come from the client.
enum class errc : int {
    not_found = 0x01,           ///< no item under this key
    exists = 0x02,              ///< the item exists (add), or its CAS is another one
    too_big = 0x03,             ///< the server refuses a value of this size
    invalid_arguments = 0x04,   ///< the server, or the client at once, refuses the request's arguments
    not_stored = 0x05,          ///< nothing to append or prepend to
    delta_bad_value = 0x06,     ///< incr or decr of a value that is no number
    not_my_vbucket = 0x07,      ///< the node does not own the vBucket (seen only for commands to one server or all)
    no_bucket = 0x08,           ///< the connection has no bucket selected
    locked = 0x09,              ///< the item is locked by get-and-lock
    auth_stale = 0x1f,          ///< the server wants to be told user name and password again
    auth_error = 0x20,          ///< user name or password refused
    auth_continue = 0x21,       ///< the server asks for another step of authentication
    out_of_range = 0x22,        ///< an argument is outside the range the server takes
    no_access = 0x24,           ///< this user may not do that
    unknown_command = 0x81,     ///< the server does not know the command
    server_out_of_memory = 0x82,
    not_supported = 0x83,       ///< not here (bucket type, configuration); or a command that plain memcached
                                ///< servers do not know, and that would cost the connection: not sent
    internal_error = 0x84,
    busy = 0x85,
    temporary_failure = 0x86,

    timeout = 0x1000,           ///< the deadline passed before an answer came
    network,                    ///< the connection was lost or broken, and asking again is not safe or no use
    cancelled,                  ///< the program ended it (Cancellation, a stop token), or the instance was destroyed
    would_exceed_limits,        ///< max_pending_operations or max_pending_bytes is reached: nothing was scheduled
    key_size,                   ///< the key is empty, or longer than 250 bytes
    value_size,                 ///< the request would exceed the frame limit
    no_server,                  ///< the map names no server for this vBucket, or not the one asked for
    protocol,                   ///< a peer broke the protocol: a lying frame, an answer to nobody, garbage
    authentication,             ///< the node or the cluster refuses these credentials
    no_common_mechanism,        ///< the server offers no SASL mechanism that this client speaks
    bucket_not_found,           ///< the cluster has no bucket of this name
    bad_map,                    ///< the cluster's map is malformed or contradicts itself
    http,                       ///< a management port answered with an unexpected status, or not with HTTP
    no_host,                    ///< none of the hosts given could be used; the message lists each with its reason
    unknown_host,               ///< a name has no address
    connect,                    ///< a connection could not be opened
    io_plugin,                  ///< an IO plugin could not be loaded or lacks a call; the message says which
    invalid_option,             ///< an option's value makes no sense
    in_callback,                ///< waiting or running inside a callback: nothing was run
    not_connected,              ///< connect() was not called, or the instance is shut down
    split_brain,                ///< the hosts given describe different clusters; the message names each side
    too_few_copies,             ///< the map names fewer copies of an item than were asked for
};

/// The category of `errc`; its messages are one lower-case phrase each.
TENON_API const std::error_category &error_category() noexcept;

/// An errc as a std::error_code, for comparisons: `if (error == tenon::errc::timeout)`.
inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }

/// Success, to be copied where making one anew would cost a call.
inline const std::error_code kNoError;

}  // namespace tenon

/// @cond
template <>
struct std::is_error_code_enum<tenon::errc> : std::true_type {};
/// @endcond
