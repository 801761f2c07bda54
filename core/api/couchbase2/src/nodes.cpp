// SPDX-License-Identifier: Apache-2.0
// Where an instance's servers are.
#include <string>
#include <string_view>

#include "error.hpp"
#include "hosts.hpp"
#include "instance.hpp"
#include "nodes.hpp"
#include "work.hpp"

using namespace tenon::couchbase2;

namespace {

const char *data_node(lcb_t instance, unsigned index) {
    const std::size_t count = instance->has_map() ? instance->client->server_count() : 0;
    if (count == 0) return nullptr;
    instance->node = instance->client->server(index % count);
    return instance->node.c_str();
}

const char *views_node(lcb_t instance, unsigned index) {
    if (!instance->has_map()) return nullptr;
    const VbucketConfig map(instance->client->map());
    if (map.nsrv == 0) return nullptr;
    const char *const known = map.servers[index % map.nsrv].svc.hoststrs[LCBVB_SVCTYPE_VIEWS];
    if (known == nullptr) return nullptr;
    instance->node = known;
    return instance->node.c_str();
}

/// Host and port of an address, which live in the instance until the next one.
lcb_error_t tell_address(lcb_t instance, std::string_view address, int connected, lcb_cntl_server_t &info) {
    auto [host, port] = split_address(address, "0");
    instance->told_host = std::move(host);
    instance->told_port = std::move(port);
    info.v.v0.host = instance->told_host.c_str();
    info.v.v0.port = instance->told_port.c_str();
    info.v.v0.connected = connected;
    info.v.v0.sock.sockfd = -1;
    if (info.version == 1) info.v.v1.sasl_mech = nullptr;
    return LCB_SUCCESS;
}

const char *management_node(lcb_t instance, bool connected, unsigned index) {
    if (instance->management.empty() || (connected && !instance->has_map())) return nullptr;
    return instance->management[index % instance->management.size()].c_str();
}

}  // namespace

namespace tenon::couchbase2 {

lcb_error_t tell_server_of(lcb_t instance, lcb_cntl_vbinfo_t &info) {
    if (info.version != 0) return LCB_ECTL_BADARG;
    if (!instance->has_map()) return LCB_CLIENT_ETMPFAIL;
    const std::string_view key = bytes_of(info.v.v0.key, info.v.v0.nkey);
    info.v.v0.vbucket = instance->client->vbucket_of(key);
    info.v.v0.server_index = instance->client->server_of(key);
    return LCB_SUCCESS;
}

lcb_error_t tell_map(lcb_t instance, lcbvb_CONFIG *&map) {
    if (!instance->has_map()) return LCB_CLIENT_ETMPFAIL;
    instance->shown_map = std::make_unique<VbucketConfig>(instance->client->map());
    map = instance->shown_map.get();
    return LCB_SUCCESS;
}

lcb_error_t tell_data_node(lcb_t instance, lcb_cntl_server_t &info) {
    if (info.version < 0 || info.version > 1) return LCB_ECTL_BADARG;
    if (!instance->has_map()) return LCB_CLIENT_ETMPFAIL;
    const int index = info.v.v0.index;
    if (index < 0 || static_cast<std::size_t>(index) >= instance->client->server_count()) return LCB_ECTL_BADARG;
    const std::string address = instance->client->server(static_cast<unsigned>(index));
    bool connected = false;
    for (const NodeMetrics &node : instance->client->metrics().nodes)
        connected = connected || (node.server == address && node.state == "connected");
    return tell_address(instance, address, connected ? 1 : 0, info);
}

lcb_error_t tell_config_node(lcb_t instance, lcb_cntl_server_t &info) {
    if (info.version < 0 || info.version > 1) return LCB_ECTL_BADARG;
    if (!instance->has_map() || instance->management.empty()) return LCB_CLIENT_ETMPFAIL;
    return tell_address(instance, instance->management.front(), 1, info);
}

lcb_error_t tell_default_types(lcb_cntl_iops_info_st &info) {
    if (info.version != 0) return LCB_ECTL_BADARG;
    info.v.v0.os_default = info.v.v0.effective = LCB_IO_OPS_DEFAULT;
    const lcb_create_io_ops_st *const options = info.v.v0.options;
    if (options != nullptr && options->version == 0) info.v.v0.effective = options->v.v0.type;
    return LCB_SUCCESS;
}

}  // namespace tenon::couchbase2

const char *lcb_get_node(lcb_t instance, lcb_GETNODETYPE type, unsigned int index) {
    const unsigned bits = type;
    const char *node = nullptr;
    (void)guarded([&] {
        if ((bits & LCB_NODE_HTCONFIG) != 0)
            node = management_node(instance, (bits & LCB_NODE_CONNECTED) != 0, index);
        else if ((bits & LCB_NODE_DATA) != 0)
            node = data_node(instance, index);
        else if ((bits & LCB_NODE_VIEWS) != 0)
            node = views_node(instance, index);
        return LCB_SUCCESS;
    });
    return node != nullptr || (bits & LCB_NODE_NEVERNULL) == 0 ? node : LCB_GETNODE_UNAVAILABLE;
}

lcb_S32 lcb_get_num_replicas(lcb_t instance) {
    return instance->has_map() ? static_cast<lcb_S32>(instance->client->replica_count()) : -1;
}

lcb_S32 lcb_get_num_nodes(lcb_t instance) {
    return instance->has_map() ? static_cast<lcb_S32>(instance->client->server_count()) : -1;
}

const char *const *lcb_get_server_list(lcb_t instance) { return instance->server_list.data(); }

const char *lcb_get_host(lcb_t instance) { return instance->first_host.c_str(); }

const char *lcb_get_port(lcb_t instance) { return instance->first_port.c_str(); }

void lcb_dump(lcb_t instance, FILE *file, lcb_U32 flags) {
    const Settings &settings = instance->settings;
    std::fprintf(file, "libcouchbase instance %p, bucket \"%s\", %s\n", static_cast<void *>(instance),
                 settings.options.bucket.c_str(),
                 instance->has_map() ? "connected" : lcb_strerror(instance, instance->bootstrap_status));
    for (const std::string &host : instance->management) std::fprintf(file, "  given: %s\n", host.c_str());
    if (!instance->has_map()) return;
    if ((flags & LCB_DUMP_VBCONFIG) != 0)
        for (std::size_t i = 0; i != instance->client->server_count(); ++i)
            std::fprintf(file, "  server %zu: %s\n", i, instance->client->server(i).c_str());
    if ((flags & LCB_DUMP_PKTINFO) != 0) std::fputs(instance->client->describe().c_str(), file);
}
