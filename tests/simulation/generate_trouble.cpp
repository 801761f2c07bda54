// SPDX-License-Identifier: Apache-2.0
// What is done to network, nodes and topology.
#include <algorithm>

#include "devcluster/faults.hpp"
#include "devcluster/membership.hpp"
#include "generator.hpp"
#include "weather.hpp"

namespace tenon::simulation {
namespace {

class Trouble {
public:
    Trouble(Plan &plan, sim::Random &random) : plan_(plan), random_(random), nodes_(plan.cluster.nodes) {}

    void draw() {
        const std::uint64_t theme = random_.below(100);
        if (theme < 5) return;
        const bool everything = theme >= 80;
        if (theme < 30 || everything) network(1 + random_.below(6));
        if ((theme >= 30 && theme < 50) || everything) nodes(1 + random_.below(5));
        if (theme >= 50 || everything) topology(1 + random_.below(3));
        if (theme >= 30 && random_.chance(300'000)) add(0, Deed::weather, random_.next() >> 1, 1);
    }

private:
    /// In the order of their times; of equal ones, in the order they are added.
    void add(Time at, Deed deed, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0) {
        if (at >= plan_.healed) return;
        const auto later = [](Time time, const Event &event) { return time < event.at; };
        plan_.events.insert(std::upper_bound(plan_.events.begin(), plan_.events.end(), at, later), {at, deed, {a, b, c}});
    }
    Time sometime() { return random_.below(plan_.healed); }
    Time a_while() { return 1'000 + random_.below(random_.chance(500'000) ? 300'000 : 3'000'000); }
    std::uint64_t node() { return random_.below(nodes_); }
    std::uint64_t machine() { return kFirstClient + random_.below(plan_.machines); }
    std::uint64_t host() { return random_.chance(700'000) ? node() : machine(); }

    void network(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const Time at = sometime(), end = at + a_while();
            switch (random_.below(12)) {
            case 0:
            case 1:
            case 2:
                add(at, Deed::weather, random_.next() >> 1, 1 + random_.below(kSeverities - 1));
                if (random_.chance(600'000)) add(end, Deed::weather);
                break;
            case 3:
            case 4: add(at, Deed::reset, node(), machine()); break;
            case 5: add(at, Deed::drop, node(), machine()); break;
            case 6: {
                const std::uint64_t a = node(), b = machine();
                if (random_.chance(500'000)) add(at, Deed::partition, a, b, random_.below(2));
                else add(at, Deed::partition, b, a, 1);
                add(end, Deed::heal, a, b, random_.below(2));
                break;
            }
            case 7: lasting(at, end, Deed::slow, Deed::slow, host(), 2 + random_.below(200), 1); break;
            case 8: lasting(at, end, Deed::hold, Deed::let_go, host(), 0, 0); break;
            case 9: lasting(at, end, Deed::kill, Deed::revive, node(), random_.below(2), 0); break;
            case 10: {
                const Deed deed = random_.chance(500'000) ? Deed::refuse_connects : Deed::ignore_connects;
                lasting(at, end, deed, deed, node(), 1, 0);
                break;
            }
            default: add(at, Deed::stall, random_.chance(300'000) ? 0 : machine(), 1'000 + random_.below(500'000));
            }
        }
    }

    void lasting(Time at, Time end, Deed begin, Deed stop, std::uint64_t who, std::uint64_t how, std::uint64_t after) {
        add(at, begin, who, how);
        add(end, stop, who, after);
    }

    void nodes(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const Time at = sometime(), end = at + a_while();
            const std::uint64_t who = node();
            const std::uint64_t chance = 10'000 + random_.below(random_.chance(500'000) ? 100'000 : 990'000);
            switch (random_.below(14)) {
            case 0: add(at, Deed::delay, who, random_.below(50'000), 50'000 + random_.below(1'000'000)); break;
            case 1: add(at, Deed::drop_requests, who, chance); break;
            case 2: add(at, Deed::drop_replies, who, chance); break;
            case 3: add(at, Deed::wrong_vbucket, who, chance); break;
            case 4: add(at, Deed::temporary_failure, who, chance); break;
            case 5: add(at, Deed::busy, who, chance); break;
            case 6:
            case 7: add(at, Deed::cut_reply, who, 1 + random_.below(20), random_.below(60)); break;
            case 8: add(at, Deed::stale_maps, who); break;
            case 9: add(at, Deed::lie, who, 1 + random_.below(4)); break;
            case 10: add(at, Deed::half_open, who); break;
            case 11:
                add(at, Deed::stop, who);
                add(end, Deed::start, who, random_.chance(150'000));
                continue;
            default:
                add(at, Deed::pause, who);
                add(end, Deed::resume, who);
                continue;
            }
            add(end, Deed::faultless, who);
        }
    }

    void topology(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const Time at = sometime();
            switch (random_.below(8)) {
            case 0:
            case 1:  // in
                for (std::uint64_t n = 1 + random_.below(2); n != 0 && nodes_ < 7; --n, ++nodes_) add(at, Deed::add);
                add(at + random_.below(100'000), Deed::rebalance);
                break;
            case 2:  // out
                add(at, Deed::rebalance, std::uint64_t{1} << node());
                break;
            case 3:  // swap
                if (nodes_ < 7) add(at, Deed::add), ++nodes_;
                add(at, Deed::rebalance, std::uint64_t{1} << node());
                break;
            case 4:
            case 5: fail_over(at); break;
            case 6: {
                const std::uint64_t who = node();
                add(at, Deed::fail_over_graceful, who);
                come_back(at + a_while(), who);
                break;
            }
            default:
                if (random_.chance(300'000)) {
                    add(at, Deed::split, 1 + random_.below((std::uint64_t{1} << nodes_) - 2));
                    add(at + a_while(), Deed::join);
                } else {
                    add(at, Deed::rebalance);
                    add(at + a_while(), Deed::stop_rebalance);
                }
            }
        }
    }

    void fail_over(Time at) {
        const std::uint64_t who = node();
        const std::uint64_t how = random_.below(5);
        const Time dead = at > 300'000 ? at - random_.below(300'000) : at;
        const Time back = at + a_while();
        if (how == 0) add(dead, Deed::stop, who), add(back, Deed::start, who);
        if (how == 1) add(dead, Deed::pause, who), add(back, Deed::resume, who);
        if (how == 2) add(dead, Deed::kill, who, random_.below(2)), add(back, Deed::revive, who);
        if (how == 3) add(dead, Deed::partition, who, machine()), add(back, Deed::heal, who, kFirstClient);
        add(at, Deed::fail_over, who);
        come_back(back, who);
    }

    void come_back(Time at, std::uint64_t who) {
        if (random_.chance(700'000))
            add(at, Deed::add_back, who, 1 + random_.below(2));
        add(at + random_.below(100'000), Deed::rebalance);
    }

    Plan &plan_;
    sim::Random &random_;
    std::uint64_t nodes_;
};

}  // namespace

void plan_trouble(Plan &plan, sim::Random &random) { Trouble(plan, random).draw(); }

}  // namespace tenon::simulation
