// SPDX-License-Identifier: Apache-2.0
// Clients at work while their cluster changes: in a rebalance nothing fails, in a failover only what the dead node had.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rig.hpp"

using namespace tenon;
using namespace tenon::test;
using devcluster::Cluster;
using devcluster::Pace;

namespace {

/// Keeps operations under way, one per key at most, and knows what each key has to have.
class Workload {
public:
    Workload(Client &client, int keys) : client_(client), keys_(static_cast<std::size_t>(keys)) {}

    void start(int outstanding) {
        running_ = true;
        for (int i = 0; i < outstanding; ++i) next();
    }
    void stop() { running_ = false; }

    std::size_t operations = 0, wrong = 0;
    /// What failed: the error and the node it names.
    std::vector<std::pair<std::error_code, std::string>> failures;

private:
    struct Key {
        bool busy = false, known = true;
        std::string value;  ///< empty: none
    };

    void next() {
        if (!running_) return;
        while (keys_[at_ = (at_ + 1) % keys_.size()].busy) {}
        const std::size_t number = at_;
        Key &key = keys_[number];
        key.busy = true;
        const std::string name = "key " + std::to_string(number);
        if (++turn_ % 3 == 0) {
            const std::string value = "value " + std::to_string(turn_);
            REQUIRE_FALSE(client_.set(name, as_bytes(value), [this, number, value](const Reply &reply) {
                Key &k = keys_[number];
                k.known = !reply.error;
                k.value = value;
                complete(k, reply);
            }));
        } else {
            REQUIRE_FALSE(client_.get(name, [this, number](const Reply &reply) {
                Key &k = keys_[number];
                const bool missing = reply.error == errc::not_found;
                const std::string value(missing ? std::string_view() : reply.text());
                if (k.known && (!reply.error || missing) && value != k.value) ++wrong;
                complete(k, reply);
            }));
        }
    }
    void complete(Key &key, const Reply &reply) {
        key.busy = false;
        ++operations;
        if (reply.error && reply.error != errc::not_found)
            failures.emplace_back(reply.error, std::string(reply.server));
        next();
    }

    Client &client_;
    std::vector<Key> keys_;
    std::size_t at_ = 0, turn_ = 0;
    bool running_ = false;
};

/// Begins a rebalance after a while, and `then` when it is over.
void rebalance(Rig &rig, const std::vector<unsigned> &eject, std::function<void()> then) {
    const Error refused = rig.cluster.rebalance(eject, [then = std::move(then)](const Error &error) {
        CHECK_MESSAGE(!error, error.message);
        then();
    });
    REQUIRE_MESSAGE(!refused, refused.message);
}

void check_4_5_3(devcluster::Options options) {
    options.nodes = 4;
    options.replicas = 1;
    options.vbuckets = 64;
    Rig rig(options);
    Workload load(*rig.client, 300);
    load.start(50);
    bool over = false;
    REQUIRE_FALSE(rig.cluster.add_node());
    rebalance(rig, {}, [&] {
        rig.cluster.later([&] {
            rebalance(rig, {1, 2}, [&] {
                rig.cluster.later([&] {
                    over = true;
                    load.stop();
                }, 50'000);
            });
        }, 20'000);
    });
    REQUIRE_FALSE(rig.client->wait());
    CHECK(over);
    CHECK(load.operations > 50);  // some came back while it went on
    CHECK(load.wrong == 0);
    for (const auto &[error, server] : load.failures) FAIL_CHECK(error.message() << " by " << server);
}

}  // namespace

TEST_CASE("4 to 5 to 3 nodes: no operation fails, with every map told") {
    check_4_5_3({.pace = {.step_usec = 500}});
}
TEST_CASE("4 to 5 to 3 nodes: no operation fails, with lagging replicas and vBuckets that have no owner for a while") {
    check_4_5_3({.replication_lag = devcluster::Range{0, 3'000},
                 .pace = {.moves_at_once = 4, .items_per_step = 2, .step_usec = 500, .takeover_usec = 3'000}});
}
TEST_CASE("4 to 5 to 3 nodes: no operation fails, with the first map, the last one and the forward map alone") {
    check_4_5_3({.pace = {.step_usec = 500, .map_interval_usec = Pace::kOnlyFirstAndLast}, .map_in_refusals = false});
}
TEST_CASE("4 to 5 to 3 nodes: no operation fails, with nobody telling who the owners are") {
    check_4_5_3({.pace = {.step_usec = 500, .map_interval_usec = Pace::kOnlyFirstAndLast, .fast_forward = false},
                 .map_in_refusals = false});
}

TEST_CASE("a node dies, is failed over and comes back: only what it had under way may fail") {
    Rig rig({.nodes = 4, .replicas = 1, .vbuckets = 64, .hosts = {"", "127.0.0.2"}, .pace = {.step_usec = 500}});
    Workload load(*rig.client, 300);
    load.start(50);
    const std::string dead = rig.cluster.nodes()[1].data();
    bool over = false;
    std::size_t before = 0, failed = 0;
    rig.cluster.later([&] {
        REQUIRE_FALSE(rig.cluster.stop_node(1));
        rig.cluster.later([&] {
            REQUIRE_FALSE(rig.cluster.fail_over(1));
            rig.cluster.later([&] {
                before = load.operations;
                failed = load.failures.size();
                REQUIRE_FALSE(rig.cluster.restart_node(1));
                REQUIRE_FALSE(rig.cluster.re_add(1));
                rebalance(rig, {}, [&] {
                    over = true;
                    load.stop();
                });
            }, 200'000);
        }, 50'000);
    }, 50'000);
    REQUIRE_FALSE(rig.client->wait());
    CHECK(over);
    CHECK(before > failed);
    CHECK(load.operations > before);
    CHECK(load.wrong == 0);
    CHECK(load.failures.size() == failed);  // none in the rebalance
    CHECK(failed <= 50);
    for (const auto &[error, server] : load.failures) {
        CAPTURE(error.message());
        CHECK(error == errc::network);
        CHECK(server == dead);
    }
}
