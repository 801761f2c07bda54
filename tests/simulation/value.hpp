// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::simulation {

/// What operation `id` writes, of `size` bytes or a few more: a token that says who wrote it, and bytes that follow
/// from it, so that no two writes are alike and every byte that is read back can be told right from wrong.
std::string make_value(std::uint32_t id, std::size_t size);

/// A value as the checker sees it: the tokens without their padding ("12;13;" after an append), a counter's digits as
/// they are. A value that no sequence of writes and appends gives becomes "?" with its beginning.
std::string normalised(std::string_view value);

/// Whether `normalised` took it for one that was never written.
inline bool is_garbage(std::string_view value) { return value.starts_with('?'); }

/// Calls `visit(id)` for every token in a normalised value.
template <class Visit>
void for_each_token(std::string_view value, Visit visit) {
    for (std::size_t at = 0; (at = value.find('w', at)) != std::string_view::npos;) {
        std::uint32_t id = 0;
        for (++at; at < value.size() && value[at] >= '0' && value[at] <= '9'; ++at)
            id = id * 10 + static_cast<std::uint32_t>(value[at] - '0');
        visit(id);
    }
}

}  // namespace tenon::simulation
