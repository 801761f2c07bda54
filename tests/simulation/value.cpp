// SPDX-License-Identifier: Apache-2.0
#include "value.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tenon::simulation {
namespace {

constexpr std::size_t kShown = 40;

/// What padding is cut from: letters, over and over.
constexpr std::size_t kLetters = 26;
constexpr std::size_t kPeriods = 40;
constexpr auto kPadding = [] {
    std::array<char, kLetters * (kPeriods + 1)> letters{};
    for (std::size_t i = 0; i < letters.size(); ++i) letters[i] = static_cast<char>('A' + i % kLetters);
    return letters;
}();

/// Calls `each(piece)` with the `size` bytes behind the token of `id`, piece by piece, as long as it says true.
template <class Each>
bool padding(std::uint32_t id, std::size_t size, Each each) {
    const char *const from = kPadding.data() + id * std::size_t{7} % kLetters;
    for (; size != 0;) {
        const std::size_t part = std::min(size, kLetters * kPeriods);
        if (!each(std::string_view(from, part))) return false;
        size -= part;
    }
    return true;
}

bool take_number(std::string_view &text, std::uint64_t &number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool take(std::string_view &text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

/// A token with its padding: "w12:5;EFGHI".
bool take_token(std::string_view &text, std::string &out) {
    std::uint64_t id = 0, size = 0;
    if (!take(text, 'w') || !take_number(text, id) || !take(text, ':') || !take_number(text, size) || !take(text, ';'))
        return false;
    if (text.size() < size) return false;
    const bool right = padding(static_cast<std::uint32_t>(id), size, [&](std::string_view piece) {
        const bool same = text.starts_with(piece);
        if (same) text.remove_prefix(piece.size());
        return same;
    });
    if (right) out += 'w' + std::to_string(id) + ';';
    return right;
}

bool take_digits(std::string_view &text, std::string &out) {
    std::uint64_t number = 0;
    const std::string_view before = text;
    if (!take_number(text, number)) return false;
    out += before.substr(0, before.size() - text.size());
    return true;
}

}  // namespace

std::string make_value(std::uint32_t id, std::size_t size) {
    std::string value = 'w' + std::to_string(id) + ':' + std::to_string(size) + ';';
    value.reserve(value.size() + size);
    padding(id, size, [&](std::string_view piece) { return value += piece, true; });
    return value;
}

std::string normalised(std::string_view value) {
    std::string out;
    for (std::string_view rest = value; !rest.empty();)
        if (!(rest.front() == 'w' ? take_token(rest, out) : take_digits(rest, out)))
            return "?" + std::string(value.substr(0, kShown));
    return out;
}

}  // namespace tenon::simulation
