// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "topology/cluster_map.hpp"

/// A map kept in a file from one run to the next. The file has three lines:
///
///     tenon-map-cache 1 CRC32 BYTES      of what follows, in hexadecimal and decimal
///     HOST:PORT HOST:PORT …              the hosts given when the map was taken
///     {"name":…,"vBucketServerMap":…}    the map as a bucket's document
///
/// The document is written from the map, not copied from what a server sent: there is no password in it, nor anything else
/// that routing has no use for, and $HOST is resolved. A regular file is no matter of an event loop: it is written and
/// read on the spot, past the IO table.
namespace tenon::bootstrap {

struct CachedMap {
    std::shared_ptr<const topology::ClusterMap> map;  ///< null: none to be used
    std::string why;                                  ///< why not, with the file's name; empty if there is no such file
};

/// The map in `path`, if the file is whole, of `bucket`, and of the cluster that `hosts` ("host:port", as given) are of: one
/// of them was given when it was written, or is a node of the map.
CachedMap read_map_cache(const std::string &path, std::string_view bucket, const std::vector<std::string> &hosts);

/// Replaces the file in one step, mode 0600: a reader sees the old one or the new one. The error names the file.
Error write_map_cache(const std::string &path, const topology::ClusterMap &map, std::string_view bucket,
                      const std::vector<std::string> &hosts);

}  // namespace tenon::bootstrap
