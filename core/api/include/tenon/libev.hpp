// SPDX-License-Identifier: Apache-2.0
/// @file
/// A client on a loop of libev's that the program runs. Includes nothing of libev; the plugin is found at run time.
#pragma once

#include <tenon/io.hpp>

struct ev_loop;

namespace tenon {

/// Stands on the loop of libev's ev_default_loop() or ev_loop_new(); the loop outlives it. Null: one that the plugin
/// makes and owns. Throws std::system_error (errc::io_plugin) where the plugin is not to be had.
inline io on_libev(struct ev_loop *loop) { return io::load("libev", loop); }

}  // namespace tenon
