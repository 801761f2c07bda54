// SPDX-License-Identifier: Apache-2.0
// What a new map changes: who is asked, which sessions there are, where waiting operations go.
#include <algorithm>
#include <utility>

#include "client/instance.hpp"
#include "topology/compare.hpp"

namespace tenon::client {

/// Whether a map is to be taken: a stream that lags behind, or repeats itself, is not to undo what was found out since.
bool Instance::replaces(const ClusterMap &map) const {
    if (map_ == nullptr) return true;
    switch (topology::age(*map_, map)) {
    case MapAge::older: return false;
    case MapAge::newer: return true;
    case MapAge::same: break;
    case MapAge::not_comparable:
        if (map.uuid() != map_->uuid()) return true;
    }
    const MapDifference difference = topology::compare(*map_, map);
    return !difference.equal() || difference.forward_changed;
}

void Instance::apply(std::shared_ptr<const ClusterMap> map) {
    if (!replaces(*map)) return;
    // Nodes tell no passwords, but tell only of the bucket that is held.
    if (!map->sasl_password().empty() || map_ == nullptr || map->uuid() != map_->uuid())
        sasl_password_ = map->sasl_password();
    map_ = std::move(map);
    ++maps_;
    owners_ = topology::Owners(map_);
    ketama_.reset();
    if (map_->locator() == topology::Locator::ketama && map_->servers().size() > 1)
        ketama_.emplace(map_->servers(), options_.libmemcached_names ? topology::KetamaNames::libmemcached
                                                                     : topology::KetamaNames::host_port);
    by_server_.clear();
    for (const topology::Server &server : map_->servers()) by_server_.push_back(&session_for(server));
    settle_sessions();
    if (state_ == State::released) return;
    if (log_.wants(LogLevel::info))
        log_.write(LogLevel::info, "map of bucket " + options_.bucket + " with " + std::to_string(by_server_.size()) +
                                       " servers, revision " + std::to_string(map_->rev()));
    const bool first = state_ == State::connecting;
    state_ = State::connected;
    retry_backoff_.reset();
    disowned_.clear();
    route_parked();
    if (!first) return;
    error_ = {};
    tell(std::exchange(on_connected_, {}), {}, {});
    if (state_ == State::connected) stop_waiting_if_done();
}

Instance::Session &Instance::session_for(const topology::Server &server) {
    const bool fail_fast = map_->locator() == topology::Locator::ketama;
    auto vacant = sessions_.end();
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
        if (*at == nullptr) {
            vacant = at;
        } else if ((*at)->server().host == server.host && (*at)->server().data_port == server.data_port) {
            (*at)->keep(fail_fast);
            return **at;
        }
    }
    if (vacant == sessions_.end()) vacant = sessions_.emplace(sessions_.end());
    const auto id = static_cast<std::uint16_t>(vacant - sessions_.begin());

    Session::Settings settings;
    settings.credentials = {options_.bucket, options_.username, options_.password};
    if (settings.credentials.password.empty()) settings.credentials.password = sasl_password_;
    settings.connect_timeout_usec = usec(options_.connect_timeout);
    settings.keepalive_seconds = static_cast<int>(options_.tcp_keepalive.count());
    settings.family = family_of(options_.address_family);
    settings.max_body = options_.max_frame_body;
    settings.seed = options_.seed;
    settings.log = log_;
    Session::Handlers handlers{
        this,
        [](void *self, Session &session) { static_cast<Instance *>(self)->receive(session); },
        [](void *self, Session &session, std::vector<session::Lost> lost, const Error &error) {
            static_cast<Instance *>(self)->on_lost(session, std::move(lost), error);
        },
    };
    if (traced_)
        handlers.on_sent = [](void *self, const Session &session, const Operation &operation) {
            static_cast<Instance *>(self)->trace(TraceStage::sent, operation, session.authority(), {});
        };
    *vacant = std::make_unique<Session>(**reactor_, chunks_, id, server, settings, handlers);
    (*vacant)->keep(fail_fast);
    return **vacant;
}

/// Sessions of nodes that left the map go once they are drained; what waits for a connection is routed anew, since that
/// may never come where the map says why; what is on its way on a connection that works is left alone.
void Instance::settle_sessions() {
    std::vector<Failing> homeless;
    for (const auto &session : sessions_) {
        if (!session) continue;
        const bool leaves = std::find(by_server_.begin(), by_server_.end(), session.get()) == by_server_.end();
        if (leaves) session->retire();
        if (!leaves && session->connected()) continue;
        for (Operation *operation : session->take_unsent()) {
            if (!operation->pinned) {
                operation->session = session::kNoSession;
                park(*operation);
            } else if (leaves) {
                operation->session = session::kNoSession;
                homeless.push_back({operation, session->authority()});
            } else {
                session->resubmit(*operation, wire::vbucket_of(operation->frame));
            }
        }
    }
    fail_all(std::move(homeless), errc::no_server, "the node left the cluster");
    if (state_ == State::released) return;
    for (const auto &session : sessions_)
        if (session && session->retiring() && session->drained()) remove(*session);
}

void Instance::remove(Session &session) {
    if (sessions_[session.id()].get() != &session) return;  // gone already, by what a callback did
    session.close();
    (*reactor_)->bury(sessions_[session.id()].release(), [](void *gone) { delete static_cast<Session *>(gone); });
}

}  // namespace tenon::client
