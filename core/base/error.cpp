// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <cerrno>
#include <cstdio>

namespace tenon {
namespace {

const char *known_message(errc e) {
    switch (e) {
    case errc::not_found: return "not found";
    case errc::exists: return "exists with another CAS";
    case errc::too_big: return "too big for the server";
    case errc::invalid_arguments: return "invalid arguments";
    case errc::not_stored: return "not stored";
    case errc::delta_bad_value: return "value is no number";
    case errc::not_my_vbucket: return "not my vBucket";
    case errc::no_bucket: return "no bucket selected";
    case errc::locked: return "locked";
    case errc::auth_stale: return "authentication outdated";
    case errc::auth_error: return "authentication refused";
    case errc::auth_continue: return "authentication to be continued";
    case errc::out_of_range: return "out of range";
    case errc::no_access: return "no access";
    case errc::unknown_command: return "unknown command";
    case errc::server_out_of_memory: return "server out of memory";
    case errc::not_supported: return "not supported";
    case errc::internal_error: return "internal error of the server";
    case errc::busy: return "server busy";
    case errc::temporary_failure: return "temporary failure";
    case errc::timeout: return "timed out";
    case errc::network: return "connection lost with the request under way";
    case errc::cancelled: return "cancelled";
    case errc::would_exceed_limits: return "too many operations or bytes pending";
    case errc::key_size: return "key is empty or too long";
    case errc::value_size: return "request exceeds the frame limit";
    case errc::no_server: return "no server owns the key's vBucket yet";
    case errc::protocol: return "protocol error";
    case errc::authentication: return "wrong user name or password";
    case errc::no_common_mechanism: return "no common SASL mechanism";
    case errc::bucket_not_found: return "no such bucket";
    case errc::bad_map: return "malformed cluster map";
    case errc::http: return "unexpected HTTP answer";
    case errc::no_host: return "no host could be used";
    case errc::unknown_host: return "unknown host";
    case errc::connect: return "cannot connect";
    case errc::io_plugin: return "IO plugin unusable";
    case errc::invalid_option: return "invalid option";
    case errc::in_callback: return "not possible inside a callback";
    case errc::not_connected: return "not connected";
    case errc::split_brain: return "hosts disagree about the cluster";
    case errc::too_few_copies: return "fewer copies than asked for";
    }
    return nullptr;
}

class Category final : public std::error_category {
public:
    const char *name() const noexcept override { return "tenon"; }
    std::string message(int value) const override {
        if (value == 0) return "success";
        if (const char *known = known_message(static_cast<errc>(value))) return known;
        char text[40];
        std::snprintf(text, sizeof text, "server status 0x%02x", static_cast<unsigned>(value) & 0xffff);
        return text;
    }
};

}  // namespace

const std::error_category &error_category() noexcept {
    static const Category category;
    return category;
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

std::string describe_errno(int error) {
    return std::system_category().message(error) + " (" + std::to_string(error) + ")";
}

}  // namespace tenon
