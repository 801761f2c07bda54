// SPDX-License-Identifier: Apache-2.0
/// @file
/// A client on a loop of libevent's that the program runs. Includes nothing of libevent; the plugin is found at run
/// time.
#pragma once

#include <tenon/io.hpp>

struct event_base;

namespace tenon {

/// Stands on libevent's base; the loop outlives it. Null: one that the plugin makes and owns.
/// Throws std::system_error (errc::io_plugin) where the plugin is not to be had.
inline io on_libevent(struct event_base *loop) { return io::load("libevent", loop); }

}  // namespace tenon
