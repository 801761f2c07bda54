// SPDX-License-Identifier: Apache-2.0
#include "devcluster/form.hpp"

#include <algorithm>
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
