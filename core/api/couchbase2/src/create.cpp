// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string_view>
#include <utility>

#include "enumerators.hpp"
#include "error.hpp"
#include "hosts.hpp"
#include "instance.hpp"

namespace {

using namespace tenon::couchbase2;

std::string_view text(const char *argument) { return argument != nullptr ? argument : std::string_view(); }

/// lcb_create's options of any version, in the C++ face's words.
struct Request {
    tenon::Options options;
    tenon_io_ops *io = nullptr;

    lcb_error_t set_type(const lcb_type_t &type) const {
        switch (number_of(type)) {
        case LCB_TYPE_BUCKET: return LCB_SUCCESS;
        case LCB_TYPE_CLUSTER: return LCB_NOT_SUPPORTED;
        }
        return LCB_EINVAL;
    }

    /// A user name alone is no credentials: programs give the bucket's name there also for buckets without a password.
    void set_credentials(const char *user, const char *password) {
        if (text(password).empty()) return;
        options.username = text(user);
        options.password = text(password);
    }

    template <class Fields>
    lcb_error_t set_v0(const Fields &fields) {
        io = fields.io;
        set_credentials(fields.user, fields.passwd);
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
        set_credentials(fields.username, fields.passwd);
        const lcb_error_t error = set_type(fields.type);
        return error != LCB_SUCCESS ? error
                                    : parse_connection_string(text(fields.connstr), options.hosts, options.bucket);
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
};

}  // namespace

lcb_error_t lcb_create(lcb_t *instance, const struct lcb_create_st *given) {
    return guarded([&] {
        if (instance == nullptr) return LCB_EINVAL;
        Request request;
        if (const lcb_error_t error = request.set(given); error != LCB_SUCCESS) return error;
        std::shared_ptr<tenon_io_ops> owned;
        if (request.io == nullptr) {
            if (const lcb_error_t error = lcb_create_io_ops(&request.io, nullptr); error != LCB_SUCCESS) return error;
            request.io->need_cleanup = 1;
            owned.reset(request.io, tenon_destroy_io_ops);
        }
        *instance = std::make_unique<lcb_st>(request.io, std::move(owned), std::move(request.options)).release();
        return LCB_SUCCESS;
    });
}

void lcb_destroy(lcb_t instance) {
    if (instance == nullptr || instance->destroying) return;
    instance->destroying = true;
    std::unique_ptr<lcb_st>{instance}.reset();
}
