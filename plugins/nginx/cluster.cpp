// SPDX-License-Identifier: Apache-2.0
#include "cluster.h"

#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <tenon/tenon.hpp>

namespace {

using tenon::errc;
using tenon::Reply;

struct ReleaseTimer {
    tenon_io_ops *io;
    void operator()(void *timer) const {
        io->delete_timer(io, timer);
        io->destroy_timer(io, timer);
    }
};

constexpr std::uint32_t kRetryUsec = 1000000;  // between one bootstrap that failed and the next

std::string_view view(tenon_nginx_bytes bytes) { return {bytes.data, bytes.size}; }
tenon_nginx_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

/// How each reason is answered. Its numbers in HTTP: docs/nginx.md.
tenon_nginx_outcome outcome_of(std::error_code error) {
    if (!error) return TENON_NGINX_DONE;
    if (error.category() != tenon::error_category()) return TENON_NGINX_UNAVAILABLE;
    switch (static_cast<errc>(error.value())) {
    case errc::not_found:
    case errc::not_stored: return TENON_NGINX_NOT_FOUND;
    case errc::exists:
    case errc::delta_bad_value: return TENON_NGINX_CONFLICT;
    case errc::locked: return TENON_NGINX_LOCKED;
    case errc::too_big:
    case errc::value_size: return TENON_NGINX_TOO_BIG;
    case errc::invalid_arguments:
    case errc::out_of_range:
    case errc::key_size: return TENON_NGINX_BAD_REQUEST;
    case errc::unknown_command:
    case errc::not_supported: return TENON_NGINX_UNSUPPORTED;
    case errc::no_bucket:
    case errc::auth_error:
    case errc::auth_continue:
    case errc::no_access:
    case errc::internal_error:
    case errc::protocol:
    case errc::authentication:
    case errc::no_common_mechanism:
    case errc::bucket_not_found:
    case errc::bad_map:
    case errc::http: return TENON_NGINX_REFUSED;
    case errc::server_out_of_memory: return TENON_NGINX_FULL;
    case errc::timeout: return TENON_NGINX_TIMEOUT;
    default: return TENON_NGINX_UNAVAILABLE;  // also a status of the server's that nobody knows
    }
}

}  // namespace

struct tenon_nginx_cluster {
    tenon_nginx_cluster(tenon_io_ops *io, tenon::Options options)
        : io_(io), retry_(io->create_timer(io), {io}), log_(options.log), client_(io, std::move(options)) {
        if (!retry_) throw std::bad_alloc();
    }

    /// False if it cannot work with these options, whoever answers.
    bool start() {
        const std::error_code error = client_.connect([this](std::error_code failure, std::string_view message) {
            if (!failure) return;
            log_(4, std::string(message) + "; trying again");
            io_->update_timer(io_, retry_.get(), kRetryUsec, this,
                              [](int, short, void *self) { static_cast<tenon_nginx_cluster *>(self)->start(); });
        });
        if (error) log_(4, client_.error_message());
        return !error;
    }

    std::error_code schedule(const tenon_nginx_command &command, tenon::Callback done) {
        const std::string_view key = view(command.key);
        const tenon::Bytes value = tenon::as_bytes(view(command.value));
        const tenon::StoreOptions store{.cas = command.cas, .flags = command.flags, .expiry = command.expiry};
        tenon::CounterOptions counter{.expiry = command.expiry};
        if (command.has_initial != 0) counter.initial = command.initial;
        switch (command.verb) {
        case TENON_NGINX_GET: return client_.get(key, std::move(done));
        case TENON_NGINX_SET: return client_.set(key, value, std::move(done), store);
        case TENON_NGINX_ADD: return client_.add(key, value, std::move(done), store);
        case TENON_NGINX_REPLACE: return client_.replace(key, value, std::move(done), store);
        case TENON_NGINX_APPEND: return client_.append(key, value, std::move(done), {.cas = command.cas});
        case TENON_NGINX_PREPEND: return client_.prepend(key, value, std::move(done), {.cas = command.cas});
        case TENON_NGINX_REMOVE: return client_.remove(key, std::move(done), {.cas = command.cas});
        case TENON_NGINX_TOUCH: return client_.touch(key, command.expiry, std::move(done));
        case TENON_NGINX_INCREMENT: return client_.increment(key, command.delta, std::move(done), counter);
        case TENON_NGINX_DECREMENT: return client_.decrement(key, command.delta, std::move(done), counter);
        }
        return errc::invalid_arguments;
    }

private:
    tenon_io_ops *io_;
    std::unique_ptr<void, ReleaseTimer> retry_;
    std::function<void(int, std::string_view)> log_;
    tenon::Client client_;
};

namespace {

void report(const Reply &reply, tenon_nginx_done done, void *arg) {
    std::string reason;
    if (reply.error) {
        reason = reply.error.message();
        if (!reply.detail.empty()) reason.append(": ").append(reply.detail);
    }
    const tenon_nginx_reply told{
        .outcome = outcome_of(reply.error),
        .cas = reply.cas,
        .flags = reply.flags(),
        .counter = reply.counter(),
        .value = bytes(reply.text()),
        .reason = bytes(reason),
        .server = bytes(reply.server),
    };
    done(arg, &told);
}

tenon::Options options_of(const tenon_nginx_cluster_options &asked) {
    tenon::Options options;
    for (std::size_t i = 0; i < asked.host_count; ++i) options.hosts.emplace_back(view(asked.hosts[i]));
    options.bucket = view(asked.bucket);
    options.username = view(asked.user);
    options.password = view(asked.password);
    options.memcached = asked.memcached != 0;
    options.operation_timeout = std::chrono::milliseconds(asked.timeout);
    options.connect_timeout = std::chrono::milliseconds(asked.connect_timeout);
    options.log = [log = asked.log, arg = asked.log_arg](int level, std::string_view line) {
        log(arg, level, bytes(line));
    };
    options.log_level = asked.log_level;
    return options;
}

}  // namespace

tenon_nginx_cluster *tenon_nginx_cluster_start(tenon_io_ops *io, const tenon_nginx_cluster_options *options) try {
    auto cluster = std::make_unique<tenon_nginx_cluster>(io, options_of(*options));
    return cluster->start() ? cluster.release() : nullptr;
} catch (const std::bad_alloc &) {
    return nullptr;
}

void tenon_nginx_cluster_stop(tenon_nginx_cluster *cluster) {
    const std::unique_ptr<tenon_nginx_cluster> stopped(cluster);
}

void tenon_nginx_cluster_execute(tenon_nginx_cluster *cluster, const tenon_nginx_command *command,
                                 tenon_nginx_done done, void *arg) {
    const std::error_code error = cluster->schedule(*command, [done, arg](const Reply &reply) { report(reply, done, arg); });
    if (!error) return;
    Reply refused;
    refused.error = error;
    report(refused, done, arg);
}
