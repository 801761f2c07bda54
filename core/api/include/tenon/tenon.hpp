// SPDX-License-Identifier: Apache-2.0
/// @file
/// tenon for C++20: a Couchbase and memcached client on the event loop you already run.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/await.hpp>
#include <tenon/callback.hpp>
#include <tenon/cluster_map.hpp>
#include <tenon/errc.hpp>
#include <tenon/http.hpp>
#include <tenon/io.hpp>
#include <tenon/metrics.hpp>
#include <tenon/operations.hpp>
#include <tenon/options.hpp>
#include <tenon/reply.hpp>
#include <tenon/results.hpp>
#include <tenon/view.hpp>

namespace tenon {

namespace client {
class Instance;
}

/// One client of one bucket, on one loop and one thread.
///
/// Every operation copies its arguments and returns at once: an error (nothing was scheduled and the callback is
/// dropped without a call) or none; then its callback is called exactly once (per reply, where `Reply::last` says more
/// follow), from the loop, never inside the scheduling call: with success, the server's status, or the client's reason.
/// Callbacks may schedule, and may destroy the Client; destroying it completes what is pending with errc::cancelled.
/// Operations scheduled before the first map wait for it.
///
/// Operations scheduled in one callback of this Client, or inside one `batch`, leave together in one write a node.
///
/// Without a callback each operation is something to co_await (await.hpp), or to wait for (blocking.hpp).
class TENON_API Client {
public:
    /// `io` must outlive the client. Throws std::bad_alloc only.
    explicit Client(const io &io, Options options);
    /// The same on a table, as the C functions make it.
    explicit Client(tenon_io_ops *io, Options options);
    /// Refused: such an io would be gone before its client.
    template <class T>
        requires std::same_as<T, io>
    Client(T &&, Options) {
        static_assert(!std::same_as<T, io>, "the io has to outlive its clients: give it a name, const tenon::io io");
    }
    /// The moved-from client may only be assigned to or destroyed.
    Client(Client &&) noexcept;
    /// Destroys the client it was.
    Client &operator=(Client &&) noexcept;
    ~Client();

    /// The outcome of the bootstrap: no error once the first map is there; else why there is none, in words as well.
    using OnConnected = std::function<void(std::error_code, std::string_view message)>;

    /// Begins to find the cluster. An error (an option that makes no sense) comes back at once, else `done` is called
    /// once, from the loop, unless the Client is destroyed before. While it is under way, or done, another call only
    /// asks to be told as well. It fails as soon as all hosts have: a cluster that comes up later is not waited for.
    /// Operations fail with its error then, until connect() is called again, which `done` may do.
    std::error_code connect(OnConnected done = {});
    /// Whether a map is held: so it stays, even if all nodes are gone.
    bool connected() const;
    /// What went wrong last in connect() or wait(), in words. Valid until the next one.
    const std::string &error_message() const;

    /// Runs the loop until nothing is pending: neither the bootstrap nor an operation; or until breakout(). Returns the
    /// bootstrap's error if there is no map, errc::not_connected before connect(), errc::in_callback inside a callback
    /// or a batch, errc::cancelled if the Client was destroyed meanwhile, errc::io_plugin if the host drives the loop
    /// (its table has no run).
    std::error_code wait();
    /// Makes wait() return.
    void breakout();

    /// Gets: errc::not_found if there is no item.
    std::error_code get(std::string_view key, Callback done, const OperationOptions &options = {});
    /// Gets, and sets the expiry anew.
    std::error_code get_and_touch(std::string_view key, std::uint32_t expiry, Callback done,
                                  const OperationOptions &options = {});
    /// Stores, whatever is there. With a CAS: errc::exists if the item's is another one, errc::not_found if there is
    /// none.
    std::error_code set(std::string_view key, Value value, Callback done, const StoreOptions &options = {});
    /// Stores, unless there is an item: errc::exists.
    std::error_code add(std::string_view key, Value value, Callback done, const StoreOptions &options = {});
    /// Stores if there is an item, else errc::not_found.
    std::error_code replace(std::string_view key, Value value, Callback done, const StoreOptions &options = {});
    /// Puts behind the item's value; errc::not_stored without an item.
    std::error_code append(std::string_view key, Value value, Callback done, const StoreOptions &options = {});
    /// Puts in front of the item's value; errc::not_stored without an item.
    std::error_code prepend(std::string_view key, Value value, Callback done, const StoreOptions &options = {});
    /// Removes; errc::not_found if there is no item.
    std::error_code remove(std::string_view key, Callback done, const RemoveOptions &options = {});
    /// Sets the expiry anew: seconds, up to 30 days; above that a Unix time; 0: never.
    std::error_code touch(std::string_view key, std::uint32_t expiry, Callback done,
                          const OperationOptions &options = {});
    /// Counts up: CounterResult reads the new value. errc::delta_bad_value if the item's value is no number.
    std::error_code increment(std::string_view key, std::uint64_t delta, Callback done,
                              const CounterOptions &options = {});
    /// Counts down, not below 0.
    std::error_code decrement(std::string_view key, std::uint64_t delta, Callback done,
                              const CounterOptions &options = {});

    /// Gets the copy that replica number `replica` (from 0) holds. It may be older than the active one. A vBucket that
    /// has no such replica yet is waited for until the deadline: errc::no_server, which comes at once if the map names
    /// fewer replicas.
    std::error_code get_replica(std::string_view key, unsigned replica, Callback done,
                                const OperationOptions &options = {});
    /// Asks all replicas at once: the first one that has the item answers, the others are forgotten. If none has it, a
    /// server's own answer (errc::not_found) counts more than one that could not be asked. errc::no_server at once if
    /// the map names no replicas.
    std::error_code get_any_replica(std::string_view key, Callback done, const OperationOptions &options = {});
    /// Asks all replicas at once; the callback comes once a replica, in the order of the answers, the last time with
    /// `last` set.
    std::error_code get_all_replicas(std::string_view key, Callback done, const OperationOptions &options = {});

    /// Whether the item is there, and its CAS, without its value: errc::not_found if it is not. Plain memcached servers
    /// have no such question: there the item is got, and its value dropped.
    std::error_code exists(std::string_view key, Callback done, const OperationOptions &options = {});
    /// Gets, and locks the item for others, for `seconds` (0 or too many: what the server thinks right). `Reply::cas`
    /// is the key to the lock: whoever has it may change the item, which opens it, or unlock().
    std::error_code get_and_lock(std::string_view key, std::uint32_t seconds, Callback done,
                                 const OperationOptions &options = {});
    /// Opens a lock with the CAS that get_and_lock gave; with another one errc::temporary_failure (or errc::locked).
    std::error_code unlock(std::string_view key, std::uint64_t cas, Callback done,
                           const OperationOptions &options = {});

    /// Asks the active copy and all replicas what became of the item: the callback comes once a copy (`Reply::copy`),
    /// in the order of the answers, the last time with `last` set. ObserveResult reads the reply.
    std::error_code observe(std::string_view key, Callback done, const OperationOptions &options = {});

    /// Waits until enough copies of an item have it, or (`removal`) have it no more: after a store with its CAS, say.
    /// The copies are observed every `interval` until then. DurabilityResult reads the reply, which comes once.
    std::error_code durability(std::string_view key, Callback done, const DurabilityOptions &options);

    // To servers (ServerOptions::server, or all): the callback comes once a server (once a statistic for stats), the
    // last time with `last` set.

    /// `Reply::elapsed` is the way there and back.
    std::error_code noop(Callback done, const ServerOptions &options = {});
    /// `Reply::value` is the version.
    std::error_code version(Callback done, const ServerOptions &options = {});
    /// Sets how much the servers log.
    std::error_code verbosity(std::uint32_t level, Callback done, const ServerOptions &options = {});
    /// `Reply::key` is the name of a statistic, `Reply::value` its value; a reply with an empty key ends a server's.
    std::error_code stats(std::string_view group, Callback done, const ServerOptions &options = {});
    /// Removes all items, `delay` seconds from now.
    std::error_code flush(std::uint32_t delay, Callback done, const ServerOptions &options = {});

    // What manages Couchbase's nodes, to servers as well. Servers that do not know a command refuse it
    // (errc::unknown_command, errc::not_supported).

    /// Changes are not written to disk until the contrary is asked for.
    std::error_code stop_persistence(Callback done, const ServerOptions &options = {});
    /// Changes are written to disk again.
    std::error_code start_persistence(Callback done, const ServerOptions &options = {});
    /// A parameter of the engine that writes to disk, as text ("mem_high_wat", "75").
    std::error_code set_flush_param(std::string_view name, std::string_view value, Callback done,
                                    const ServerOptions &options = {});
    /// What the node is to a vBucket. It changes nothing of the cluster's map.
    std::error_code set_vbucket(std::uint16_t vbucket, VbucketState state, Callback done,
                                const ServerOptions &options = {});
    /// VbucketResult reads the reply; errc::not_my_vbucket from a node that has none of it.
    std::error_code get_vbucket(std::uint16_t vbucket, Callback done, const ServerOptions &options = {});
    /// Only a dead one.
    std::error_code delete_vbucket(std::uint16_t vbucket, Callback done, const ServerOptions &options = {});
    /// Changes are sent to replicas again.
    std::error_code start_replication(Callback done, const ServerOptions &options = {});
    /// Changes are not sent to replicas until the contrary is asked for.
    std::error_code stop_replication(Callback done, const ServerOptions &options = {});
    /// A parameter of replication streams, as text ("tap_keepalive", "300").
    std::error_code set_tap_param(std::string_view name, std::string_view value, Callback done,
                                  const ServerOptions &options = {});
    /// Drops the item's value from memory, to be read from disk when it is asked for; errc::exists while it is not on
    /// disk yet. Nodes that do not own the key refuse: errc::not_my_vbucket.
    std::error_code evict_key(std::string_view key, Callback done, const ServerOptions &options = {});

    /// Any other command. Not a quiet one (it may never answer), and none that concerns the connection itself: quit,
    /// hello, SASL, select bucket (errc::invalid_arguments).
    std::error_code request(const Command &command, Callback done);

    /// A request to the cluster's HTTP ports, over this client's loop. The nodes are asked in turn; one that accepts no
    /// connection leads to the next. errc::not_connected before the first map, errc::no_server if the map names no such
    /// port. `id`, if it is not null, is for cancel_http().
    std::error_code http(const HttpRequest &request, HttpCallback done, std::uint64_t *id = nullptr);
    /// Ends a request without a call. Nothing if it has ended.
    void cancel_http(std::uint64_t id);
    /// A view, row by row: see ViewQuery. errc::not_connected before the first map, errc::no_server if the map names no
    /// node with views. `id`, if it is not null, is for cancel_http().
    std::error_code view(const ViewQuery &query, ViewCallback done, std::uint64_t *id = nullptr);

    /// `operations(*this)`; all that it schedules leaves at its end, together.
    template <class F>
    decltype(auto) batch(F &&operations) {
        static_assert(std::is_invocable_v<F &, Client &>, "a batch is a function that takes a tenon::Client &");
        struct Scope {
            Client &client;
            ~Scope() { client.leave(); }
        };
        enter();
        const Scope scope{*this};
        return operations(*this);
    }

    /// Between enter() and the matching leave() nothing is sent; at the outermost leave() everything is, at once.
    void enter();
    /// See enter().
    void leave();

    /// Operations (a broadcast counts one a server) that were scheduled and have not completed.
    std::size_t pending() const;
    /// The nodes of the current map, by index; empty before the first one.
    std::size_t server_count() const;
    /// "host:port" of the data port; empty beyond the last node.
    std::string server(std::size_t index) const;
    /// How many copies of an item the map names besides the active one.
    unsigned replica_count() const;
    /// The vBucket of a key; 0 before the first map.
    std::uint16_t vbucket_of(std::string_view key) const;
    /// Index of the server that an operation on a key goes to now: ClusterMap::kNoServer if nobody owns it, or before
    /// the first map.
    int server_of(std::string_view key) const;
    /// The map that is held, without what was found out since; an empty one before the first map.
    ClusterMap map() const;
    /// Where log lines go from now on: as Options::log and Options::log_level say, null being standard error. Not to be
    /// called from a log function.
    void set_log(std::function<void(int level, std::string_view line)> log, int level);
    /// The table it lives on.
    tenon_io_ops *io_ops() const;

    /// What was counted so far, by node and operation.
    Metrics metrics() const;
    /// The whole state as text for a bug report. Passwords are left out; keys and values do not occur.
    std::string describe() const;

    /// @{
    /// The same operation to be awaited: `const tenon::Reply item = co_await client.get("key");`. Its `cancellation` is
    /// the awaiting's own: see Awaited::until. Where several replies come, a vector of them; of request() always; of
    /// http() the whole answer, whatever `HttpRequest::streamed` says. Templates, so that `client.get("key", {})`
    /// goes without a callback.
    template <class = void>
    auto get(std::string_view key, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->get(key, done, own);
        });
    }
    template <class = void>
    auto get_and_touch(std::string_view key, std::uint32_t expiry, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->get_and_touch(key, expiry, done, own);
        });
    }
    template <class = void>
    auto get_and_lock(std::string_view key, std::uint32_t seconds, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->get_and_lock(key, seconds, done, own);
        });
    }
    template <class = void>
    auto unlock(std::string_view key, std::uint64_t cas, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->unlock(key, cas, done, own);
        });
    }
    template <class = void>
    auto set(std::string_view key, Value value, const StoreOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->set(key, value, done, own);
        });
    }
    template <class = void>
    auto add(std::string_view key, Value value, const StoreOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->add(key, value, done, own);
        });
    }
    template <class = void>
    auto replace(std::string_view key, Value value, const StoreOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->replace(key, value, done, own);
        });
    }
    template <class = void>
    auto append(std::string_view key, Value value, const StoreOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->append(key, value, done, own);
        });
    }
    template <class = void>
    auto prepend(std::string_view key, Value value, const StoreOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->prepend(key, value, done, own);
        });
    }
    template <class = void>
    auto remove(std::string_view key, const RemoveOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->remove(key, done, own);
        });
    }
    template <class = void>
    auto touch(std::string_view key, std::uint32_t expiry, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->touch(key, expiry, done, own);
        });
    }
    template <class = void>
    auto increment(std::string_view key, std::uint64_t delta, const CounterOptions &options = {}) {
        return awaited<detail::OneReply<CounterResult>>(options, [=, this](const auto &done, const auto &own) {
            return this->increment(key, delta, done, own);
        });
    }
    template <class = void>
    auto decrement(std::string_view key, std::uint64_t delta, const CounterOptions &options = {}) {
        return awaited<detail::OneReply<CounterResult>>(options, [=, this](const auto &done, const auto &own) {
            return this->decrement(key, delta, done, own);
        });
    }
    template <class = void>
    auto exists(std::string_view key, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->exists(key, done, own);
        });
    }
    template <class = void>
    auto get_replica(std::string_view key, unsigned replica, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->get_replica(key, replica, done, own);
        });
    }
    template <class = void>
    auto get_any_replica(std::string_view key, const OperationOptions &options = {}) {
        return awaited<detail::OneReply<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->get_any_replica(key, done, own);
        });
    }
    template <class = void>
    auto get_all_replicas(std::string_view key, const OperationOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->get_all_replicas(key, done, own);
        });
    }
    template <class = void>
    auto observe(std::string_view key, const OperationOptions &options = {}) {
        return awaited<detail::AllReplies<ObserveResult>>(options, [=, this](const auto &done, const auto &own) {
            return this->observe(key, done, own);
        });
    }
    template <class = void>
    auto durability(std::string_view key, const DurabilityOptions &options) {
        return awaited<detail::OneReply<DurabilityResult>>(options, [=, this](const auto &done, const auto &own) {
            return this->durability(key, done, own);
        });
    }
    template <class = void>
    auto noop(const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [this](const auto &done, const auto &own) {
            return this->noop(done, own);
        });
    }
    template <class = void>
    auto version(const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [this](const auto &done, const auto &own) {
            return this->version(done, own);
        });
    }
    template <class = void>
    auto verbosity(std::uint32_t level, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->verbosity(level, done, own);
        });
    }
    template <class = void>
    auto stats(std::string_view group, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->stats(group, done, own);
        });
    }
    template <class = void>
    auto flush(std::uint32_t delay, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->flush(delay, done, own);
        });
    }
    template <class = void>
    auto stop_persistence(const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [this](const auto &done, const auto &own) {
            return this->stop_persistence(done, own);
        });
    }
    template <class = void>
    auto start_persistence(const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [this](const auto &done, const auto &own) {
            return this->start_persistence(done, own);
        });
    }
    template <class = void>
    auto set_flush_param(std::string_view name, std::string_view value, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->set_flush_param(name, value, done, own);
        });
    }
    template <class = void>
    auto set_vbucket(std::uint16_t vbucket, VbucketState state, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->set_vbucket(vbucket, state, done, own);
        });
    }
    template <class = void>
    auto get_vbucket(std::uint16_t vbucket, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<VbucketResult>>(options, [=, this](const auto &done, const auto &own) {
            return this->get_vbucket(vbucket, done, own);
        });
    }
    template <class = void>
    auto delete_vbucket(std::uint16_t vbucket, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->delete_vbucket(vbucket, done, own);
        });
    }
    template <class = void>
    auto start_replication(const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [this](const auto &done, const auto &own) {
            return this->start_replication(done, own);
        });
    }
    template <class = void>
    auto stop_replication(const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [this](const auto &done, const auto &own) {
            return this->stop_replication(done, own);
        });
    }
    template <class = void>
    auto set_tap_param(std::string_view name, std::string_view value, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->set_tap_param(name, value, done, own);
        });
    }
    template <class = void>
    auto evict_key(std::string_view key, const ServerOptions &options = {}) {
        return awaited<detail::AllReplies<Reply>>(options, [=, this](const auto &done, const auto &own) {
            return this->evict_key(key, done, own);
        });
    }
    template <class = void>
    auto request(const Command &command) {
        return awaited<detail::AllReplies<Reply>>(command, [this](const auto &done, const auto &own) {
            return this->request(own, done);
        });
    }
    template <class = void>
    auto view(const ViewQuery &query) {
        return awaited<detail::AllReplies<ViewRow>>(query, [this](const auto &done, const auto &own) {
            return this->view(own, done);
        });
    }
    template <class = void>
    auto http(const HttpRequest &request) {
        HttpRequest whole = request;
        whole.streamed = false;
        return awaited<detail::OneReply<HttpReply>>(whole, [this](const auto &done, const auto &own) {
            return this->http(own, done);
        });
    }
    /// @}

private:
    /// `schedule(done, options)`; what is awaited brings its own Cancellation into the options.
    template <class Replies, class Options, class Schedule>
    auto awaited(const Options &options, Schedule schedule) {
        auto start = [options, schedule](const auto &done, Cancellation &cancellation) {
            Options own = options;
            own.cancellation = &cancellation;
            return schedule(done, own);
        };
        return Awaited<Replies, decltype(start)>(*this, std::move(start));
    }

    struct Release {
        void operator()(client::Instance *instance) const;
    };
    std::unique_ptr<client::Instance, Release> instance_;
};

/// enter() and leave() as a scope.
class Batch {
public:
    /// Client::enter() now, Client::leave() at the scope's end.
    explicit Batch(Client &client) : client_(client) { client_.enter(); }
    Batch(const Batch &) = delete;
    Batch &operator=(const Batch &) = delete;
    ~Batch() { client_.leave(); }

private:
    Client &client_;
};

/// The client's whole state as text; see Client::describe.
inline std::string describe(const Client &client) { return client.describe(); }

}  // namespace tenon
