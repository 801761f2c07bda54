// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace tenon::simulation {

/// Virtual microseconds, on the world's clock.
using Time = std::uint64_t;
inline constexpr Time kNever = std::numeric_limits<Time>::max();

/// What a client is asked to do. Those up to `exists` are about one item and its state, those up to `observe` about its
/// copies; what follows goes to servers.
enum class Action : std::uint8_t {
    get,
    get_and_touch,
    set,
    add,
    replace,
    append,
    prepend,
    remove,
    touch,
    increment,
    decrement,
    lock,
    unlock,
    exists,
    get_replica,
    durability,
    get_all_replicas,
    observe,
    noop,
    version,
    verbosity,
    stats,
    flush,
    evict,
    http,
};
inline constexpr unsigned kActions = static_cast<unsigned>(Action::http) + 1;

const char *name(Action action);
/// Whether it has a value of its own.
inline bool writes(Action action) { return action >= Action::set && action <= Action::prepend; }
inline bool about_one_item(Action action) { return action <= Action::exists; }
inline bool answers_often(Action action) { return action >= Action::get_all_replicas; }
inline bool goes_to_all(Action action) { return action >= Action::noop; }
/// Whether it leaves the item, its expiry and its lock as they are.
inline bool is_read(Action action) {
    return action == Action::get || action == Action::exists || action == Action::get_replica;
}

/// What a node said of one copy of an item.
struct CopyTold {
    unsigned copy = 0;       ///< 0: the active one
    bool exists = false;
    std::uint64_t cas = 0;
};

/// One operation: what was asked, and what came of it. Values are normalised (see value.hpp).
struct Call {
    std::uint32_t id = 0;
    std::uint16_t client = 0;  ///< index of the client, each incarnation its own
    std::uint16_t key = 0;
    Action action{};

    std::string value = {};      ///< written, or appended
    std::uint64_t cas = 0;       ///< the CAS it asks for; 0: none
    std::uint64_t delta = 0;     ///< of counters; of durability: on so many disks
    std::uint64_t initial = 0;   ///< of counters that may be created; of durability: on so many replicas
    bool creates = false;        ///< whether a missing counter is created
    std::uint32_t seconds = 0;   ///< expiry, or how long to lock

    Time invoked = 0;
    Time deadline = 0;
    Time completed = kNever;     ///< the last callback
    Time cancelled = kNever;     ///< when somebody took it back, before it had completed
    unsigned callbacks = 0;
    unsigned lasts = 0;          ///< callbacks with `last` set
    bool in_doubt = false;       ///< its server may not have been the vBucket's: see mark_doubtful
    bool barred = false;         ///< the client has a wrong password
    bool refused = false;        ///< when it was asked for, with an error and without a callback
    int error = 0;               ///< an errc's number; 0: success
    std::string result = {};     ///< value that came, or "?" and what it is if it is none ever written
    std::vector<std::string> copies = {};  ///< values that came from replicas, if all were asked
    std::vector<CopyTold> told = {};       ///< of observe
    std::vector<std::string> reached = {};  ///< of flush: servers that did it
    std::uint64_t result_cas = 0;
    std::uint64_t counter = 0;
    std::string server = {};
    std::string detail = {};
};

/// What a cluster did to all items of one vBucket, as far as the items' promises change by it.
struct Upheaval {
    enum class Kind : std::uint8_t {
        moved,      ///< changed nodes with everything in it: locks may be left behind
        fell_back,  ///< a replica took over that lags behind: the item may be in an earlier state of its own
        emptied     ///< all copies are gone
    };
    static constexpr std::uint64_t kAny = ~std::uint64_t{0};

    Kind kind{};
    std::uint16_t vbucket = 0;
    Time at = 0;
    std::uint64_t lacking = kAny;  ///< fell_back: so many changes of the vBucket, the latest, are undone at most
};

/// A time in which nodes disagreed about who owns what. What the wrong ones were told is forgotten in the end.
struct Split {
    Time from = 0;
    Time to = kNever;
    std::vector<std::string> owners;  ///< by vBucket: the right one's "host:port"
};

/// From when on a vBucket had an owner, until the next one.
struct Ownership {
    Time from = 0;
    std::string server;  ///< "host:port"; empty: nobody
};

/// A time in which a memcached server refused connections, and nothing else went wrong.
struct Death {
    std::string server;
    Time from = 0;
    Time to = kNever;
};

/// A time in which a loop stood still.
struct Stall {
    unsigned machine = 0;
    Time from = 0;
    Time to = 0;
};

/// Everything a checker looks at.
struct History {
    std::vector<Call> calls;            ///< by id
    std::vector<std::uint16_t> vbucket_of_key;  ///< numbers among those of all buckets
    std::vector<unsigned> bucket_of_key;
    std::vector<unsigned> machine_of_client;
    std::vector<unsigned> bucket_of_client;
    std::vector<std::vector<Time>> ends_of_client;  ///< when it was destroyed, each time
    std::vector<Upheaval> upheavals;    ///< in the order of time
    std::vector<std::vector<Ownership>> owners;  ///< by vBucket, in the order of time
    Time takeover = 0;                  ///< how long a vBucket may have no owner before it has the next one
    unsigned replicas = 0;
    std::vector<Death> deaths;
    bool replicas_follow = false;       ///< at once, always: what a replica says holds as what the owner says
    std::vector<Split> splits;
    std::vector<Stall> stalls;
    bool smooth = false;                ///< nothing went wrong: nodes came and went in order, as an administrator asks
    bool nodes_leave = false;           ///< some node may be, or have been, none of the cluster's
    Time longest_turn = 0;              ///< what a loop may be late, at any time
};

/// What a checker found wrong; empty: nothing.
struct Violation {
    std::string rule;  ///< one word or two: "linearizability", "deadline"
    std::string what;  ///< with the calls concerned
};

}  // namespace tenon::simulation
