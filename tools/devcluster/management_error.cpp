// SPDX-License-Identifier: Apache-2.0
#include "devcluster/management_error.hpp"

#include <string>

namespace tenon::devcluster {
namespace {

class Category final : public std::error_category {
public:
    const char *name() const noexcept override { return "devcluster"; }
    std::string message(int value) const override {
        switch (static_cast<management_errc>(value)) {
        case management_errc::unknown_node: return "unknown node";
        case management_errc::wrong_state: return "not possible in the node's state";
        case management_errc::rebalance_running: return "a rebalance is running";
        case management_errc::known_nodes_mismatch: return "the nodes named are not those of the cluster";
        case management_errc::no_active_nodes_left: return "no active node would be left";
        case management_errc::last_node: return "the last active node cannot be failed over";
        case management_errc::not_graceful: return "a vBucket has no replica to move to";
        case management_errc::delta_not_possible: return "delta recovery is not possible";
        case management_errc::rebalance_stopped: return "the rebalance was stopped";
        case management_errc::rebalance_failed: return "the rebalance failed";
        case management_errc::split: return "the cluster is split";
        case management_errc::fixed_cluster: return "a cluster with data nodes run elsewhere stays as it is";
        case management_errc::bucket_exists: return "a bucket of that name exists";
        case management_errc::unknown_bucket: return "no such bucket";
        }
        return "unknown";
    }
};

}  // namespace

const std::error_category &management_category() {
    static const Category category;
    return category;
}

Error management_error(management_errc e, const std::string &about) {
    const std::error_code code = make_error_code(e);
    return {code, about.empty() ? code.message() : code.message() + ": " + about};
}

}  // namespace tenon::devcluster
