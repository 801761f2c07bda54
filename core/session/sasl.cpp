// SPDX-License-Identifier: Apache-2.0
#include "session/sasl.hpp"

namespace tenon::session::sasl {

bool offers(std::string_view list, std::string_view mechanism) {
    while (!list.empty()) {
        const std::size_t end = list.find(' ');
        if (list.substr(0, end) == mechanism) return true;
        if (end == list.npos) break;
        list.remove_prefix(end + 1);
    }
    return false;
}

std::string plain_token(std::string_view user, std::string_view password) {
    std::string token;
    token.reserve(2 * user.size() + password.size() + 2);
    token.append(user).append(1, '\0').append(user).append(1, '\0').append(password);
    return token;
}

}  // namespace tenon::session::sasl
