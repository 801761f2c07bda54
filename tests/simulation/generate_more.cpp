// SPDX-License-Identifier: Apache-2.0
// What the second generator adds to the plans of the first: what kinds of buckets there are and who may use them, and
// operations beside those on items.
#include <algorithm>

#include "generator.hpp"

namespace tenon::simulation {
namespace {

bool stores(Action action) { return action >= Action::set && action <= Action::prepend; }

class More {
public:
    More(Plan &plan, sim::Random &random) : plan_(plan), random_(random) {}

    void draw() {
        if (random_.chance(160'000)) use_memcached();
        if (plan_.cluster.kind != BucketKind::servers) {
            if (random_.chance(250'000)) plan_.cluster.buckets = 2;
            if (random_.chance(300'000)) plan_.cluster.passwords = true;
        }
        plan_.routed = random_.chance(250'000);
        if (random_.chance(500'000)) plan_.cluster.persistence = random_.below(100'000);
        draw_clients();
        draw_operations();
        if (random_.chance(150'000)) flush();
        if (random_.chance(200'000)) take_back();
        if (plan_.cluster.kind != BucketKind::servers && random_.chance(150'000)) ask_management();
    }

private:
    /// Nothing moves there: a cluster of memcached's type promises nothing of items whose nodes change.
    void use_memcached() {
        plan_.cluster.kind = random_.chance(500'000) ? BucketKind::memcached : BucketKind::servers;
        plan_.cluster.replicas = 0;
        plan_.cluster.lag = 0;
        plan_.cluster.warmup = 0;
        std::erase_if(plan_.events, [](const Event &event) {
            return event.deed >= Deed::add || event.deed == Deed::lie || event.deed == Deed::stale_maps ||
                   event.deed == Deed::wrong_vbucket;
        });
        for (Event &event : plan_.events)
            if (event.deed == Deed::start) event.arguments[1] = 1;  // all is in memory
        for (OperationPlan &operation : plan_.operations) {
            if (operation.action == Action::lock) operation.action = Action::get_and_touch;
            if (operation.action == Action::unlock) operation.action = Action::touch;
            if (operation.action == Action::get_replica || operation.action == Action::get_all_replicas)
                operation.action = Action::get;
        }
        if (random_.chance(400'000)) stop_a_server();
        if (plan_.cluster.kind != BucketKind::servers) return;
        // Who goes by another list finds other items.
        for (ClientPlan &client : plan_.clients) client.hosts = (std::uint64_t{1} << plan_.cluster.nodes) - 1;
    }

    /// With nothing else wrong, its keys fail at once.
    void stop_a_server() {
        const Time at = random_.below(plan_.healed / 2);
        const std::uint64_t who = random_.below(plan_.cluster.nodes);
        plan_.events = {{at, Deed::stop, {who}}};
        if (!random_.chance(700'000)) return;
        plan_.events.push_back({at + random_.below(plan_.healed / 2), Deed::start, {who, 1}});
    }

    /// Whether a client is the one before it, started again.
    bool is_reborn(std::size_t i) const {
        if (i == 0) return false;
        const ClientPlan &before = plan_.clients[i - 1], &now = plan_.clients[i];
        return before.dies != kNever && now.born >= before.dies && now.machine == before.machine &&
               now.hosts == before.hosts && now.timeout == before.timeout;
    }

    void draw_clients() {
        const bool caches = plan_.cluster.kind != BucketKind::servers && random_.chance(100'000);
        for (std::size_t i = 0; i < plan_.clients.size(); ++i) {
            ClientPlan &client = plan_.clients[i];
            if (is_reborn(i)) {
                const ClientPlan &before = plan_.clients[i - 1];
                client.bucket = before.bucket;
                client.password = before.password;
                client.cache = before.cache;
                if (client.cache != 0 && random_.chance(300'000)) spoil(client.cache, before.dies, client.born);
                continue;
            }
            client.bucket = static_cast<unsigned>(random_.below(plan_.cluster.buckets));
            const std::uint64_t knows = random_.below(100);
            if (plan_.cluster.passwords) client.password = knows < 10 ? 1 : knows < 25 ? 2 : 0;
            if (caches && client.password == 0) client.cache = static_cast<unsigned>(i + 1);
        }
    }

    void spoil(unsigned file, Time dies, Time born) {
        const Time at = dies + (born - dies) / 2;
        if (at >= plan_.healed) return;
        const auto later = [](Time time, const Event &event) { return time < event.at; };
        plan_.events.insert(std::upper_bound(plan_.events.begin(), plan_.events.end(), at, later),
                            {at, Deed::spoil_cache, {file, random_.chance(200'000) ? 0 : random_.below(3'000)}});
    }

    void draw_operations() {
        for (OperationPlan &operation : plan_.operations) {
            const OperationPlan *const before =
                operation.after != OperationPlan::kNone ? &plan_.operations[operation.after] : nullptr;
            const bool couchbase = plan_.cluster.kind == BucketKind::couchbase;
            if (couchbase && before != nullptr && stores(before->action) && random_.chance(250'000)) {
                operation.key = before->key;
                wait_for_copies(operation);
                continue;
            }
            if (!random_.chance(90'000)) continue;
            switch (random_.below(couchbase ? 8 : 2)) {
            case 0:
            case 1: operation.action = Action::exists; break;
            case 2: operation.action = Action::verbosity; break;
            case 3:
            case 4:
            case 5: operation.action = Action::observe; break;
            case 6: operation.action = Action::evict; break;
            default: wait_for_copies(operation);
            }
        }
    }

    void wait_for_copies(OperationPlan &operation) {
        operation.action = Action::durability;
        operation.cas = random_.chance(800'000) ? CasUse::seen : CasUse::none;
        operation.size = random_.chance(500'000) ? 0 : 1'000 + random_.below(50'000);
        // More than there are is refused: seldom.
        const unsigned replicas = plan_.cluster.replicas + (random_.chance(50'000) ? 1 : 0);
        operation.delta = random_.below(replicas + 2);
        operation.initial = random_.below(replicas + 1);
        operation.seconds = 0;
    }

    void flush() {
        for (std::uint64_t n = 1 + random_.below(2); n != 0; --n)
            plan_.operations[random_.below(plan_.operations.size())].action = Action::flush;
    }

    void ask_management() {
        for (OperationPlan &operation : plan_.operations)
            if (random_.chance(50'000)) operation.action = Action::http;
    }

    void take_back() {
        for (OperationPlan &operation : plan_.operations)
            if (random_.chance(150'000))
                operation.cancel = 1 + random_.below(random_.chance(700'000) ? 3'000 : 300'000);
    }

    Plan &plan_;
    sim::Random &random_;
};

}  // namespace

void plan_more(Plan &plan, sim::Random &random) { More(plan, random).draw(); }

}  // namespace tenon::simulation
