// SPDX-License-Identifier: Apache-2.0
/// @file
/// A client on a loop of libuv's that the program runs. Includes nothing of libuv; the plugin is found at run time.
#pragma once

#include <tenon/io.hpp>

struct uv_loop_s;

namespace tenon {

/// Stands on a uv_loop_t; the loop outlives it. Null: one that the plugin makes and owns.
/// Throws std::system_error (errc::io_plugin) where the plugin is not to be had.
inline io on_libuv(struct uv_loop_s *loop) { return io::load("libuv", loop); }

}  // namespace tenon
