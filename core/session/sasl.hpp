// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// SASL's parts that know nothing of packets.
namespace tenon::session::sasl {

/// The mechanisms this client speaks, best first, separated by spaces.
inline constexpr std::string_view kSpoken = "PLAIN";

/// Whether a server's list (names separated by spaces) has `mechanism`.
bool offers(std::string_view list, std::string_view mechanism);

/// PLAIN's token: the user twice, as identity and as account, and the password, with zero bytes between. Neither may have a
/// zero byte in it.
std::string plain_token(std::string_view user, std::string_view password);

}  // namespace tenon::session::sasl
