// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/error.hpp"
#include "bootstrap/options.hpp"
#include "net/url.hpp"
#include "topology/cluster_map.hpp"

/// Whom to ask for maps, and for which document first.
namespace tenon::bootstrap {

/// The hosts of the options, each once: who is named twice has one vote. errc::invalid_option for what is no host.
Error given_addresses(const Options &options, std::vector<net::Url> &result);

/// The management ports that a map names; none if it names no ports.
std::vector<net::Url> learned_addresses(const Options &options, const topology::ClusterMap &map);

/// The servers of a fixed list. errc::invalid_option for what is no host.
Error fixed_servers(const Options &options, std::vector<topology::Server> &result);

}  // namespace tenon::bootstrap
