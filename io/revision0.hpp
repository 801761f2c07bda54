// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tenon/io.h>

namespace tenon::ops {

/// A table of revision 1 in front of one of revision 0, so that the engine never meets the habits of plugins from the
/// tutorial's era (docs/interop.md lists them). `table` must outlive the adapter's release. Holds rules 1 to 14 but for
/// what only the plugin could: an error arrives as the directions asked for without TENON_IO_ERROR, `tick` and `post`
/// are null, and a table destroyed inside a callback of its own run is as safe as the plugin makes it.
/// Throws std::bad_alloc.
tenon_io_ops *adapt_revision0(tenon_io_ops *table);

/// Destroys the plugin's handles that the adapter made and frees the adapter. May be called inside a callback; the
/// table may be destroyed right after.
void release_revision0(tenon_io_ops *adapter);

}  // namespace tenon::ops
