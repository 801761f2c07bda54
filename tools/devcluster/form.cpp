// SPDX-License-Identifier: Apache-2.0
#include "devcluster/form.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace tenon::devcluster {
namespace {

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<std::string> url_decoded(std::string_view text, bool form) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += form && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return {};
        out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
        i += 2;
    }
    return out;
}

std::optional<Range> parse_range(std::string_view text) {
    const auto whole = [](std::string_view digits, std::uint64_t &number) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    const std::size_t dash = text.find('-');
    Range range;
    if (!whole(text.substr(0, dash), range.least)) return {};
    range.most = range.least;
    if (dash != text.npos && !whole(text.substr(dash + 1), range.most)) return {};
    if (range.most < range.least) return {};
    return range;
}

Form::Form(std::string_view body) {
    while (!body.empty()) {
        const std::size_t end = std::min(body.find('&'), body.size());
        const std::string_view field = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        const std::size_t equals = std::min(field.find('='), field.size());
        std::optional<std::string> name = url_decoded(field.substr(0, equals), true);
        std::optional<std::string> value = url_decoded(field.substr(std::min(equals + 1, field.size())), true);
        if (name && value && !name->empty()) fields_[*std::move(name)] = *std::move(value);
    }
}

std::string Form::get(const std::string &name) const {
    const auto at = fields_.find(name);
    return at == fields_.end() ? std::string() : at->second;
}

}  // namespace tenon::devcluster
