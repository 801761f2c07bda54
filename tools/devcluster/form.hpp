// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "devcluster/random.hpp"

namespace tenon::devcluster {

/// "a%20b" to "a b"; with `form`, "+" is a space too. None where an escape is broken.
std::optional<std::string> url_decoded(std::string_view text, bool form);

/// "100-500" or "100"; none where it is something else, or the second is below the first.
std::optional<Range> parse_range(std::string_view text);

/// The fields of an application/x-www-form-urlencoded body; what is given twice counts once, the last.
class Form {
public:
    /// Fields with broken escapes are left out.
    explicit Form(std::string_view body);

    bool has(const std::string &name) const { return fields_.contains(name); }
    /// Empty if it was not given.
    std::string get(const std::string &name) const;
    const std::map<std::string, std::string> &fields() const { return fields_; }

private:
    std::map<std::string, std::string> fields_;
};

}  // namespace tenon::devcluster
