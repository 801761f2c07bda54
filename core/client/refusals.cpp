// SPDX-License-Identifier: Apache-2.0
// NOT_MY_VBUCKET, or a node that knows nothing of the bucket: it did nothing, so the operation is sent elsewhere,
// whatever it is.
#include <algorithm>
#include <utility>

#include "client/instance.hpp"
#include "topology/compare.hpp"
#include "wire/status.hpp"

namespace tenon::client {
namespace {

/// Who owns the vBucket by a map that says so without saying how new it is: the server's index in `held`, or kNoServer.
int hinted_owner(const ClusterMap &held, const ClusterMap &hint, std::uint16_t vbucket) {
    if (hint.uuid() != held.uuid() || hint.bucket() != held.bucket() || hint.vbucket_count() != held.vbucket_count())
        return topology::kNoServer;
    const int owner = hint.owner(vbucket);
    if (owner < 0) return topology::kNoServer;
    const topology::Server &named = hint.servers()[static_cast<unsigned>(owner)];
    const auto at = std::find_if(held.servers().begin(), held.servers().end(), [&](const topology::Server &server) {
        return server.data_port == named.data_port && server.host == named.host;
    });
    return at == held.servers().end() ? topology::kNoServer : static_cast<int>(at - held.servers().begin());
}

}  // namespace

void Instance::on_refused(Session &session, Operation &operation, const wire::Frame &frame) {
    session.complete(operation);
    operation.session = session::kNoSession;
    operation.refused = 1;
    note_attempt(operation);
    ++refusals_;

    const auto told = frame.status() != wire::Status::not_my_vbucket
                          ? nullptr
                          : refusal_map_.read(as_text(frame.value), session.server().host, (*reactor_)->now());
    const MapAge age = told != nullptr ? topology::age(*map_, *told) : MapAge::not_comparable;
    if (told != nullptr && age == MapAge::newer) {
        park(operation);
        monitor_->hear(told);
        return apply(told);
    }
    monitor_->refresh();
    const std::uint16_t vbucket = vbucket_of(operation, wire::key_of(operation.frame));
    if (operation.copy != session::kActiveCopy || ketama_) {
        park_until_retry(operation);  // only a newer map knows of another replica, or another place of a key
    } else if (vbucket != wire::vbucket_of(operation.frame) || vbucket >= map_->vbucket_count()) {
        reroute(operation);  // it was sent under a map with another number of vBuckets
    } else {
        // By session, not by index: a map may name one node twice.
        const int guess = owners_.of(vbucket);
        const int wrong = guess >= 0 && by_server_[static_cast<unsigned>(guess)] == &session ? guess : topology::kNoServer;
        const int hint =
            told != nullptr && age == MapAge::not_comparable ? hinted_owner(*map_, *told, vbucket) : topology::kNoServer;
        if (owners_.found_incorrect_master(vbucket, wrong, hint) == topology::kNoServer) park_until_retry(operation);
        else reroute(operation);
    }
    if (session.retiring() && session.drained()) remove(session);
}

/// The node serves this bucket no more, or not yet, or not on this connection: it has left the cluster, or came back to it
/// after the connection was made. True: the operation goes on elsewhere.
bool Instance::on_disowned(Session &session, Operation &operation, const wire::Frame &frame) {
    if (options_.memcached) return false;  // it wants a password that nobody gave, and will
    monitor_->refresh();
    session.renew();
    disowned_ = session.authority() + ": " + wire::describe(frame.status());
    if (operation.pinned || map_->locator() != topology::Locator::vbucket) return false;
    on_refused(session, operation, frame);
    return true;
}

/// A round is over, or nobody is left to ask: again after a pause, unless a new map comes before.
void Instance::park_until_retry(Operation &operation) {
    park(operation);
    if (!retry_timer_->armed()) retry_timer_->arm(retry_backoff_.next());
}

/// An operation that others had refused was taken: its vBucket's operations go there at once from now on.
void Instance::learn_owner(const Session &session, const Operation &operation) {
    if (parked_count_ == 0) retry_backoff_.reset();
    disowned_.clear();
    const std::uint16_t vbucket = wire::vbucket_of(operation.frame);
    const int server = index_of(session);
    if (operation.copy != session::kActiveCopy || server < 0 || ketama_) return;
    if (vbucket < map_->vbucket_count() && vbucket_of(operation, wire::key_of(operation.frame)) == vbucket)
        owners_.found(vbucket, server);
}

}  // namespace tenon::client
