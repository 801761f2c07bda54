// SPDX-License-Identifier: Apache-2.0
// Where an instance's servers are.
#include <string>
#include <string_view>

#include "error.hpp"
#include "hosts.hpp"
#include "instance.hpp"

using namespace tenon::couchbase2;

namespace {

const char *data_node(lcb_t instance, unsigned index) {
    const std::size_t count = instance->has_map() ? instance->client->server_count() : 0;
    if (count == 0) return nullptr;
    instance->node = instance->client->server(index % count);
    return instance->node.c_str();
}

const char *management_node(lcb_t instance, bool connected, unsigned index) {
    if (instance->management.empty() || (connected && !instance->has_map())) return nullptr;
    return instance->management[index % instance->management.size()].c_str();
}

}  // namespace

const char *lcb_get_node(lcb_t instance, lcb_GETNODETYPE type, unsigned int index) {
    const unsigned bits = type;
    const char *node = nullptr;
    (void)guarded([&] {
        if ((bits & LCB_NODE_HTCONFIG) != 0)
            node = management_node(instance, (bits & LCB_NODE_CONNECTED) != 0, index);
        else if ((bits & LCB_NODE_DATA) != 0)
            node = data_node(instance, index);
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
    if ((flags & LCB_DUMP_PKTINFO) != 0) std::fprintf(file, "  pending: %zu\n", instance->client->pending());
}
