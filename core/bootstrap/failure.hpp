// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "base/error.hpp"

/// What becomes of the hosts' reasons when there is no map.
namespace tenon::bootstrap {

/// A wrong password or a missing bucket: an answer, though no map.
bool is_refusal(const std::error_code &code);

/// The host was there and said something, if no map: a refusal, garbage, something else than HTTP.
bool is_answer(const std::error_code &code);

/// What more than half of the hosts refuse with, each in its own words; else no error. Hosts that have not failed yet, or
/// gave a map, have no error among `reasons`.
Error refused_by_most(std::span<const Error> reasons);

/// Why none of the hosts gave a map of `bucket`; the message lists all. A refusal is the error if no host answers anything
/// else; else one kind of failure everywhere; where hosts could not be reached, or differ, it is errc::no_host.
Error no_map(std::string_view bucket, std::span<const Error> reasons);

}  // namespace tenon::bootstrap
