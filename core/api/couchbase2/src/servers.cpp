// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "enumerators.hpp"
#include "instance.hpp"
#include "schedule.hpp"

using namespace tenon::couchbase2;
using tenon::Reply;

namespace {

constexpr std::uint8_t kVerbosity = 0x1b;

/// What completes an operation that goes to servers: calls the callback `slot` of the instance for each server's reply,
/// and once more, with a response of nothing, behind the last one.
template <class Response, class Function>
struct ServerReplies {
    lcb_t instance;
    const void *cookie;
    Function Callbacks::*slot;
    std::shared_ptr<bool> ended = std::make_shared<bool>(false);  // always, once the instance is gone

    ServerReplies(lcb_t of, const void *with, Function Callbacks::*calling)
        : instance(of), cookie(with), slot(calling) {}

    void operator()(const Reply &reply) {
        // Everything on the stack: the program's callback may destroy the instance, and this with it.
        const ServerReplies self = *this;
        if (!reply.server.empty()) {
            const auto end = [&self] { self.end(LCB_ERROR); };
            auto before = std::exchange(self.instance->last_word.say, std::ref(end));
            self.tell(reply);
            if (*self.ended) return;
            self.instance->last_word.say = std::move(before);
        }
        if (reply.last) self.end(reply.server.empty() ? to_lcb(reply.error) : LCB_SUCCESS);
    }

    void end(lcb_error_t error) const {
        if (!std::exchange(*ended, true)) call(error, Response{});
    }

    void tell(const Reply &reply) const {
        const std::string server(reply.server);
        Response response{};
        response.v.v0.server_endpoint = server.c_str();
        if constexpr (requires { response.v.v0.vstring; }) {
            if (reply) {
                response.v.v0.vstring = reply.text().data();
                response.v.v0.nvstring = reply.value.size();
            }
        }
        if constexpr (requires { response.v.v0.bytes; }) {
            if (reply && reply.key.empty()) return;  // the end of this server's statistics
            if (reply) {
                response.v.v0.key = reply.key.data();
                response.v.v0.nkey = reply.key.size();
                response.v.v0.bytes = reply.value.data();
                response.v.v0.nbytes = reply.value.size();
            }
        }
        call(to_lcb(reply.error), response);
    }

    void call(lcb_error_t error, const Response &response) const {
        if (const Function callback = instance->callbacks.*slot) callback(instance, cookie, error, &response);
    }
};

const auto nothing_to_check = [](const auto &) { return LCB_SUCCESS; };

/// The level of memcached's own that the C API's stands for.
std::uint32_t wire_level(lcb_verbosity_level_t level) {
    return static_cast<std::uint32_t>(LCB_VERBOSITY_WARNING) - static_cast<std::uint32_t>(level);
}

/// The index of the server named "host:port", or "host" for the first one there.
std::optional<unsigned> find_server(const tenon::Client &client, std::string_view name) {
    for (std::size_t i = 0; i != client.server_count(); ++i) {
        const std::string server = client.server(i);
        if (server == name || std::string_view(server).substr(0, server.rfind(':')) == name)
            return static_cast<unsigned>(i);
    }
    return std::nullopt;
}

}  // namespace

lcb_error_t lcb_server_stats(lcb_t instance, const void *cookie, lcb_size_t num,
                             const lcb_server_stats_cmd_t *const *commands) {
    const auto check = [](const auto &fields) {
        if (fields.name == nullptr && fields.nname != 0) return LCB_EINVAL;
        return fields.nname <= kMaxKey ? LCB_SUCCESS : LCB_E2BIG;
    };
    return schedule(instance, num, commands, check, [&](const auto &fields) {
        return instance->client.stats(
            bytes_of(fields.name, fields.nname),
            ServerReplies<lcb_server_stat_resp_t, lcb_stat_callback>(instance, cookie, &Callbacks::stat),
            {instance->timeout});
    });
}

lcb_error_t lcb_server_versions(lcb_t instance, const void *cookie, lcb_size_t num,
                                const lcb_server_version_cmd_t *const *commands) {
    return schedule(instance, num, commands, nothing_to_check, [&](const auto &) {
        return instance->client.version(
            ServerReplies<lcb_server_version_resp_t, lcb_version_callback>(instance, cookie, &Callbacks::version),
            {instance->timeout});
    });
}

lcb_error_t lcb_set_verbosity(lcb_t instance, const void *cookie, lcb_size_t num,
                              const lcb_verbosity_cmd_t *const *commands) {
    const auto check = [&](const auto &fields) {
        if (number_of(fields.level) > LCB_VERBOSITY_WARNING) return LCB_EINVAL;
        return fields.server == nullptr || find_server(instance->client, fields.server) ? LCB_SUCCESS : LCB_UNKNOWN_HOST;
    };
    return schedule(instance, num, commands, check, [&](const auto &fields) {
        ServerReplies<lcb_verbosity_resp_t, lcb_verbosity_callback> done(instance, cookie, &Callbacks::verbosity);
        const std::uint32_t level = wire_level(fields.level);
        if (fields.server == nullptr)
            return instance->client.verbosity(level, std::move(done), {instance->timeout});
        const std::array extras{std::byte(0), std::byte(0), std::byte(0), std::byte(level)};
        tenon::Command command;
        command.opcode = kVerbosity;
        command.target = tenon::Target::server;
        command.server = *find_server(instance->client, fields.server);
        command.extras = extras;
        command.timeout = instance->timeout;
        return instance->client.request(command, std::move(done));
    });
}

lcb_error_t lcb_flush(lcb_t instance, const void *cookie, lcb_size_t num, const lcb_flush_cmd_t *const *commands) {
    return schedule(instance, num, commands, nothing_to_check, [&](const auto &) {
        return instance->client.flush(
            0, ServerReplies<lcb_flush_resp_t, lcb_flush_callback>(instance, cookie, &Callbacks::flush),
            {instance->timeout});
    });
}
