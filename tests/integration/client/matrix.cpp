// SPDX-License-Identifier: Apache-2.0
#include "matrix.hpp"

#include <memory>
#include <utility>

#include <doctest/doctest.h>
#include <tenon/blocking.hpp>

namespace tenon::test {
namespace {

using C = Client &;
using S = const Stand &;

/// An HTTP answer as the reply of an operation.
Reply as_reply(const HttpReply &answer) {
    Reply reply;
    reply.error = answer.error || answer.status == 200 ? answer.error : make_error_code(errc::http);
    reply.value = answer.body;
    reply.last = answer.last;
    return reply;
}

Outcomes kept(const Reply &result) { return {Outcome(result)}; }
Outcomes kept(const HttpReply &answer) { return {Outcome(as_reply(answer))}; }
template <class Result>
Outcomes kept(const std::vector<Owned<Result>> &results) {
    return {results.begin(), results.end()};
}

/// To be called with either kind of reply.
struct Done {
    std::shared_ptr<Callback> told;
    void operator()(const Reply &reply) const { (*told)(reply); }
    void operator()(const HttpReply &answer) const { (*told)(as_reply(answer)); }
};

/// `operation(client, stand, done...)` calls Client's function, with something to call back or without.
template <class Operation>
Row row(const char *name, Operation operation) {
    Row made;
    made.name = name;
    made.call = [operation](C client, S stand, Callback done) {
        return operation(client, stand, Done{std::make_shared<Callback>(std::move(done))});
    };
    made.block = [operation](C client, S stand) { return kept(blocking(operation(client, stand))); };
    made.await = [operation](C client, S stand, Outcomes &outcomes) -> Detached {
        outcomes = kept(co_await operation(client, stand));
    };
    return made;
}

Row gives(const char *value, Row made) { return made.value = value, made; }
Row leaves(const char *item, Row made) { return made.item = item, made; }
Row locked(Row made) { return made.locked = true, made; }
Row replies(Replies how, Row made) { return made.replies = how, made; }
/// Refused by the client for memcached's sake: it would take what follows for a part of it.
Row kept_from_memcached(Row made) { return made.memcached = errc::not_supported, made; }
Row unknown_to_memcached(Row made) { return made.memcached = errc::unknown_command, made; }

ServerOptions at(S stand) { return {.server = stand.owner}; }

void set_state(C client, S stand, VbucketState state) {
    for (const auto &one : blocking(client.set_vbucket(stand.vbucket, state, at(stand)))) CHECK_FALSE(one.error);
}

void add_items(std::vector<Row> &rows) {
    rows.push_back(gives("5", row("get", [](C c, S, auto... d) { return c.get("k", d...); })));
    rows.push_back(gives("5", row("get_and_touch", [](C c, S, auto... d) {
        return c.get_and_touch("k", 100, d...);
    })));
    rows.push_back(leaves("6", row("set", [](C c, S s, auto... d) {
        return c.set("k", as_bytes("6"), d..., StoreOptions{.cas = s.cas, .flags = 7});
    })));
    Row add = row("add", [](C c, S, auto... d) { return c.add("k", as_bytes("6"), d...); });
    add.before = [](C client, S) { CHECK_FALSE(blocking(client.remove("k")).error); };
    rows.push_back(leaves("6", add));
    rows.push_back(leaves("6", row("replace", [](C c, S, auto... d) {
        return c.replace("k", as_bytes("6"), d...);
    })));
    rows.push_back(leaves("56", row("append", [](C c, S, auto... d) { return c.append("k", as_bytes("6"), d...); })));
    rows.push_back(leaves("65", row("prepend", [](C c, S, auto... d) { return c.prepend("k", as_bytes("6"), d...); })));
    rows.push_back(leaves("", row("remove", [](C c, S s, auto... d) {
        return c.remove("k", d..., RemoveOptions{.cas = s.cas});
    })));
    rows.push_back(row("touch", [](C c, S, auto... d) { return c.touch("k", 100, d...); }));
    rows.push_back(leaves("7", row("increment", [](C c, S, auto... d) { return c.increment("k", 2, d...); })));
    rows.push_back(leaves("3", row("decrement", [](C c, S, auto... d) { return c.decrement("k", 2, d...); })));
    rows.push_back(row("exists", [](C c, S, auto... d) { return c.exists("k", d...); }));
    rows.push_back(leaves("5", gives("5", kept_from_memcached(row("get_and_lock", [](C c, S, auto... d) {
        return c.get_and_lock("k", 10, d...);
    })))));
    Row unlock = row("unlock", [](C c, S s, auto... d) { return c.unlock("k", s.cas, d...); });
    unlock.after = [](C client, S) { CHECK_FALSE(blocking(client.set("k", as_bytes("5"))).error); };
    rows.push_back(locked(kept_from_memcached(unlock)));
    // Any command: this one is a get.
    rows.push_back(gives("5", row("request", [](C c, S, auto... d) {
        Command get;
        get.key = "k";
        return c.request(get, d...);
    })));
}

void add_copies(std::vector<Row> &rows) {
    rows.push_back(gives("5", kept_from_memcached(row("get_replica", [](C c, S, auto... d) {
        return c.get_replica("k", 0, d...);
    }))));
    rows.push_back(gives("5", kept_from_memcached(row("get_any_replica", [](C c, S, auto... d) {
        return c.get_any_replica("k", d...);
    }))));
    rows.push_back(replies(Replies::replicas, gives("5", kept_from_memcached(row("get_all_replicas", [](C c, S, auto... d) {
        return c.get_all_replicas("k", d...);
    })))));
    rows.push_back(replies(Replies::copies, kept_from_memcached(row("observe", [](C c, S, auto... d) {
        return c.observe("k", d...);
    }))));
    rows.push_back(kept_from_memcached(row("durability", [](C c, S s, auto... d) {
        return c.durability("k", d..., DurabilityOptions{.persist_to = 2, .replicate_to = 1, .cas = s.cas});
    })));
}

void add_servers(std::vector<Row> &rows) {
    const auto all = [&](Row made) { rows.push_back(replies(Replies::servers, std::move(made))); };
    all(row("noop", [](C c, S, auto... d) { return c.noop(d...); }));
    all(row("version", [](C c, S, auto... d) { return c.version(d...); }));
    all(kept_from_memcached(row("verbosity", [](C c, S, auto... d) { return c.verbosity(1, d...); })));
    all(leaves("", row("flush", [](C c, S, auto... d) { return c.flush(0, d...); })));
    rows.push_back(replies(Replies::many, row("stats", [](C c, S s, auto... d) {
        return c.stats("", d..., at(s));
    })));
    Row stop = row("stop_persistence", [](C c, S, auto... d) { return c.stop_persistence(d...); });
    stop.after = [](C client, S) { blocking(client.start_persistence()); };
    all(unknown_to_memcached(stop));
    all(unknown_to_memcached(row("start_persistence", [](C c, S, auto... d) { return c.start_persistence(d...); })));
    all(kept_from_memcached(row("set_flush_param", [](C c, S, auto... d) {
        return c.set_flush_param("mem_high_wat", "75", d...);
    })));
    stop = row("stop_replication", [](C c, S, auto... d) { return c.stop_replication(d...); });
    stop.after = [](C client, S) { blocking(client.start_replication()); };
    all(unknown_to_memcached(stop));
    all(unknown_to_memcached(row("start_replication", [](C c, S, auto... d) { return c.start_replication(d...); })));
    all(kept_from_memcached(row("set_tap_param", [](C c, S, auto... d) {
        return c.set_tap_param("tap_keepalive", "300", d...);
    })));
    rows.push_back(unknown_to_memcached(row("get_vbucket", [](C c, S s, auto... d) {
        return c.get_vbucket(s.vbucket, d..., at(s));
    })));
    rows.push_back(kept_from_memcached(row("set_vbucket", [](C c, S s, auto... d) {
        return c.set_vbucket(s.vbucket, VbucketState::active, d..., at(s));
    })));
    Row remove = row("delete_vbucket", [](C c, S s, auto... d) { return c.delete_vbucket(s.vbucket, d..., at(s)); });
    remove.before = [](C client, S stand) { set_state(client, stand, VbucketState::dead); };
    remove.after = [](C client, S stand) { set_state(client, stand, VbucketState::active); };
    rows.push_back(leaves("", unknown_to_memcached(remove)));
    rows.push_back(kept_from_memcached(row("evict_key", [](C c, S s, auto... d) {
        return c.evict_key("k", d..., at(s));
    })));
}

}  // namespace

std::vector<Row> operations() {
    std::vector<Row> rows;
    add_items(rows);
    add_copies(rows);
    add_servers(rows);
    Row http = row("http", [](C c, S, auto... d) { return c.http({.path = "/pools"}, d...); });
    http.memcached = errc::no_server;
    rows.push_back(http);
    return rows;
}

}  // namespace tenon::test
