// SPDX-License-Identifier: Apache-2.0
// lcb_create and lcb_create_compat.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "enumerators.hpp"
#include "environment.hpp"
#include "error.hpp"
#include "hosts.hpp"
#include "instance.hpp"

namespace {

using namespace tenon::couchbase2;

std::string_view text(const char *argument) { return argument != nullptr ? argument : std::string_view(); }

/// A refusal that a number alone does not explain.
lcb_error_t refuse(lcb_error_t error, std::string_view why) {
    std::fprintf(stderr, "libcouchbase: %.*s\n", static_cast<int>(why.size()), why.data());
    return error;
}

/// lcb_create's options of any version, in the C++ face's words.
struct Request {
    Settings settings;
    tenon_io_ops *io = nullptr;
    tenon::Options &options = settings.options;

    Request() {
        const char *level = environment("LCB_LOGLEVEL");
        const auto number = level != nullptr ? static_cast<unsigned>(std::strtoul(level, nullptr, 10)) : 0U;
        if (number != 0) log_to_console(settings, number);
    }

    lcb_error_t set_type(const lcb_type_t &type) {
        const unsigned number = number_of(type);
        if (number != LCB_TYPE_BUCKET && number != LCB_TYPE_CLUSTER) return LCB_EINVAL;
        settings.type = static_cast<lcb_type_t>(number);
        options.cluster_only = number == LCB_TYPE_CLUSTER;
        return LCB_SUCCESS;
    }

    /// A user name alone is no credentials: programs give the bucket's name there also for buckets without a password.
    void set_credentials(std::string_view user, std::string_view password) {
        if (password.empty()) return;
        options.username = user;
        options.password = password;
    }

    template <class Fields>
    lcb_error_t set_v0(const Fields &fields) {
        io = fields.io;
        set_credentials(text(fields.user), text(fields.passwd));
        if (!text(fields.bucket).empty()) options.bucket = text(fields.bucket);
        return parse_hosts(text(fields.host), options.hosts);
    }

    template <class Fields>
    lcb_error_t set_v1(const Fields &fields) {
        const lcb_error_t error = set_type(fields.type);
        return error != LCB_SUCCESS ? error : set_v0(fields);
    }

    lcb_error_t set_v2(const lcb_create_st2 &fields) {
        if (const lcb_config_transport_t *transport = fields.transports;
            transport != nullptr && number_of(*transport) != LCB_CONFIG_TRANSPORT_LIST_END) {
            while (number_of(*transport) != LCB_CONFIG_TRANSPORT_HTTP)
                if (number_of(*transport++) == LCB_CONFIG_TRANSPORT_LIST_END) return LCB_NOT_SUPPORTED;
        }
        return set_v1(fields);
    }

    lcb_error_t set_v3(const lcb_create_st3 &fields) {
        io = fields.io;
        if (const lcb_error_t error = set_type(fields.type); error != LCB_SUCCESS) return error;
        ConnectionString parsed;
        std::string why;
        if (const lcb_error_t error = parse_connection_string(text(fields.connstr), parsed, why); error != LCB_SUCCESS)
            return refuse(error, why);
        options.hosts = std::move(parsed.hosts);
        options.memcached = parsed.memcached;
        if (options.memcached && options.cluster_only)
            return refuse(LCB_EINVAL, "memcached servers have no management");
        if (!parsed.bucket.empty()) options.bucket = std::move(parsed.bucket);
        std::string user(text(fields.username)), password(text(fields.passwd));
        for (const auto &[name, value] : parsed.options) {
            // What the program gave beside the string counts more.
            if (name == "username" || name == "user") {
                if (user.empty()) user = value;
            } else if (name == "password" || name == "pass") {
                if (password.empty()) password = value;
            } else if (const lcb_error_t error = set_option(name, value); error != LCB_SUCCESS) {
                return refuse(error, "the option " + name + "=" + value + " cannot be set");
            }
        }
        set_credentials(user, password);
        return LCB_SUCCESS;
    }

    lcb_error_t set_option(std::string_view name, std::string_view value) {
        if (name == "bootstrap_on")
            return value == "all" || value == "http" ? LCB_SUCCESS : value == "cccp" ? LCB_NOT_SUPPORTED : LCB_EINVAL;
        if (name == "ssl") return value == "off" ? LCB_SUCCESS : LCB_CLIENT_FEATURE_UNAVAILABLE;
        if (name == "certpath") return LCB_CLIENT_FEATURE_UNAVAILABLE;
        switch (const lcb_error_t error = set_by_name(settings, name, value)) {
        case LCB_ECTL_UNKNOWN:
        case LCB_ECTL_UNSUPPMODE: return LCB_NOT_SUPPORTED;
        case LCB_ECTL_BADARG: return LCB_EINVAL;
        default: return error;
        }
    }

    lcb_error_t set(const lcb_create_st *given) {
        if (given == nullptr) return parse_hosts({}, options.hosts);
        switch (given->version) {
        case 0: return set_v0(given->v.v0);
        case 1: return set_v1(given->v.v1);
        case 2: return set_v2(given->v.v2);
        case 3: return set_v3(given->v.v3);
        default: return LCB_EINVAL;
        }
    }

    lcb_error_t set(const lcb_memcached_st &servers) {
        options.memcached = true;
        set_credentials(text(servers.username), text(servers.password));
        return parse_servers(text(servers.serverlist), options.hosts);
    }
};

lcb_error_t create(lcb_t *instance, Request &request) {
    std::shared_ptr<tenon_io_ops> owned;
    if (request.io == nullptr) {
        if (const lcb_error_t error = lcb_create_io_ops(&request.io, nullptr); error != LCB_SUCCESS) return error;
        request.io->need_cleanup = 1;
        owned.reset(request.io, tenon_destroy_io_ops);
    }
    *instance = std::make_unique<lcb_st>(request.io, std::move(owned), std::move(request.settings)).release();
    return LCB_SUCCESS;
}

}  // namespace

lcb_error_t lcb_create(lcb_t *instance, const struct lcb_create_st *given) {
    return guarded([&] {
        if (instance == nullptr) return LCB_EINVAL;
        Request request;
        const lcb_error_t error = request.set(given);
        return error != LCB_SUCCESS ? error : create(instance, request);
    });
}

lcb_error_t lcb_create_compat(lcb_compat_t type, const void *specific, lcb_t *instance, struct lcb_io_opt_st *io) {
    return guarded([&] {
        if (instance == nullptr || specific == nullptr) return LCB_EINVAL;
        Request request;
        lcb_error_t error = LCB_EINVAL;
        switch (number_of(type)) {
        case LCB_MEMCACHED_CLUSTER: error = request.set(*static_cast<const lcb_memcached_st *>(specific)); break;
        case LCB_CACHED_CONFIG: {
            const auto &cached = *static_cast<const lcb_cached_config_st *>(specific);
            error = request.set(&cached.createopt);
            if (text(cached.cachefile).empty()) return LCB_EINVAL;
            request.options.config_cache = cached.cachefile;
            break;
        }
        default: break;
        }
        if (io != nullptr) request.io = io;
        return error != LCB_SUCCESS ? error : create(instance, request);
    });
}
