// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include <tenon/io.h>

namespace tenon::ops {

struct BuiltinPlugin {
    const char *name;
    tenon_io_creator create;
};

/// The plugins linked into this library; the build writes the table.
std::span<const BuiltinPlugin> builtin_plugins();

}  // namespace tenon::ops
