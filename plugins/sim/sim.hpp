// SPDX-License-Identifier: Apache-2.0
//
// A simulated machine room behind the IO-ops contract: one virtual clock, one virtual network, any number of tables,
// all in one thread and all decided by one 64-bit seed. Programs written on <tenon/io.h> run on it unmodified.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/io.h>

#include "random.hpp"

namespace tenon::sim {

class Kernel;

/// How the network and the loops behave. Times are microseconds of virtual time, chances are millionths.
/// The default is a calm network: nothing is lost, cut or refused.
struct Network {
    Range latency{50, 500};       ///< one way, drawn for every piece sent; order within a connection stays
    std::uint64_t bandwidth = 0;  ///< bytes a second, each direction of each connection; 0: no limit
    std::uint32_t send_buffer = 256 * 1024;     ///< bytes sent and not arrived, before `sendv` would block
    std::uint32_t receive_buffer = 256 * 1024;  ///< bytes arrived and not read, before the sender's buffer fills
    std::uint32_t split = 0;          ///< a piece sent travels as two, cut anywhere
    std::uint32_t partial_write = 0;  ///< a send takes fewer bytes than there is room for, then blocks for a while
    std::uint32_t partial_read = 0;   ///< a receive gives fewer bytes than there are
    std::uint32_t crumb = 0;          ///< most bytes of such a send or receive; 0: any number, half of the time one
    std::uint32_t empty_read = 0;     ///< a receive says EAGAIN though bytes are there: readiness is a hint [R2]
    std::uint32_t reset = 0;          ///< a piece sent resets its connection instead, for both ends
    std::uint32_t drop = 0;           ///< a piece sent and all that follows vanishes, both ways; nobody is told

    Range connect_delay{0, 0};         ///< beyond the round trip
    std::uint32_t refuse_connect = 0;  ///< ECONNREFUSED in spite of a listener
    std::uint32_t lose_connect = 0;    ///< never answered: ETIMEDOUT after connect_timeout

    Range resolve_delay{100, 2'000};

    Range turn{1, 20};        ///< what a turn of a loop takes: the time to the table's next one, at least 1
    std::uint32_t stall = 0;  ///< a turn is put off by …
    Range stall_time{1'000, 50'000};

    // What a kernel does about a peer that is silent; the defaults are Linux's.
    std::uint64_t connect_timeout = 127'000'000;
    std::uint64_t retransmit_timeout = 924'000'000;  ///< with something sent and not acknowledged: ETIMEDOUT
    std::uint64_t keepalive_interval = 75'000'000;   ///< between probes, once TENON_IO_KEEPALIVE's seconds are over …
    std::uint32_t keepalive_probes = 9;              ///< … and this many unanswered are ETIMEDOUT
    Range recovery{0, 200'000};  ///< from healing a partition to the first piece sent again, a connection's direction

    /// As awkward as the contract allows: every send takes and every receive gives one byte, some receives none.
    static Network one_byte();
};

/// What becomes of connections: their ends are told (ECONNRESET), or nothing is said and nothing arrives.
enum class Loss : std::uint8_t { reset, silent };

enum class Ways : std::uint8_t { both, forth };

enum class Happening : std::uint8_t {
    connect,    ///< `from` asked `to`
    connected,  ///< `from` learned that it is connected to `to`
    refused,    ///< `from` learned that it is not
    sent,       ///< `bytes` were taken by a send
    arrived,    ///< `bytes` became readable at `to`
    finished,   ///< `from`'s end of file arrived at `to`
    reset,      ///< a reset by, or on behalf of, `from` arrived at `to`
    timed_out,  ///< `from` gave the silent `to` up
    dropped,    ///< the connection is dead from here on and nobody knows
    closed,     ///< `from` closed its end
};

const char *to_string(Happening what);

struct Endpoint {
    std::uint32_t address = 0;  ///< IPv4, host byte order
    std::uint16_t port = 0;

    std::string to_string() const;  ///< "10.0.0.1:11210"
};

/// One thing that happened on the wire, told while it happens.
struct Trace {
    std::uint64_t time;
    Happening what;
    Endpoint from;
    Endpoint to;
    std::uint64_t connection;  ///< its number in this world, from 1
    std::span<const std::byte> bytes;
};

/// What a table holds at a moment. All zero when everything was undone and everything sent was read or dropped.
struct Census {
    std::size_t sockets = 0;     ///< open, listening ones too
    std::size_t events = 0;      ///< handles made and not destroyed
    std::size_t watches = 0;     ///< of them, those that ask for something
    std::size_t timers = 0;      ///< handles made and not destroyed
    std::size_t armed = 0;       ///< of them
    std::size_t queries = 0;     ///< names asked for and neither answered nor cancelled
    std::size_t posted = 0;      ///< calls posted and not run
    std::uint64_t in_flight = 0; ///< bytes that its sockets, also closed ones, sent and nobody has read

    bool operator==(const Census &) const = default;
};

/// What a world did so far.
struct Statistics {
    std::uint64_t events = 0;       ///< of the event queue
    std::uint64_t turns = 0;        ///< of all loops
    std::uint64_t callbacks = 0;
    std::uint64_t connections = 0;  ///< made
    std::uint64_t bytes = 0;        ///< arrived
};

/// Clock, network, tables. One thread.
///
/// **Addresses.** A host is an IPv4 address in dotted form, "10.0.0.1"; it comes into being by being named. A table may
/// bind and listen on any address; its unbound sockets connect from the table's own. What counts for latency,
/// partitions and slowness is the pair (local address, peer address) of a connection. 0.0.0.0 is the table's own
/// address; 127.0.0.1 is a host like any other. Where a call below takes a peer, an empty one means every other host
/// there is. An address that is none is a violation and nothing else happens.
///
/// **Acts** (everything from `reset` to `stall`) may be called at any time: before a run, in `at`'s functions, in a
/// table's callbacks. They take effect at the present virtual time.
///
/// **Order.** Of things due at the same time the seed decides which comes first; it shuffles the sockets that are ready
/// in a turn and decides whether its timers or its sockets are served first. Within a direction of a connection bytes,
/// end of file and reset keep their order. The same seed and the same calls give the same history, byte for byte; so a
/// program on it must take time and randomness from nowhere else, and order nothing by addresses in memory.
///
/// Tables are destroyed before their World.
class World {
public:
    explicit World(std::uint64_t seed, Network network = {});
    World(const World &) = delete;
    World &operator=(const World &) = delete;
    ~World();

    /// Makes a table whose sockets connect from `host`. An enum tenon_io_status. Undone through its `destructor`.
    int create_table(std::string_view host, tenon_io_ops **io);
    /// The same for who takes a creator: the cookie to hand to tenon_create_sim_io_ops. Lives as long as the World.
    void *cookie(std::string_view host);

    /// For changes on the way: what was sent already keeps what was drawn for it.
    void set_network(const Network &network);
    const Network &network() const;

    // -- Time. No run inside a callback, an act of `at`, or another run: nothing happens and the result is false.

    /// Microseconds, from 1 s on. Every table's clock; it stands still during a turn.
    std::uint64_t now() const;
    /// Runs every table's loop, as if each stood in its run_event_loop, until the clock says `usec`, exactly. (A
    /// table's own run_event_loop runs the whole world as well, until that table is stopped or idle. Where nothing at
    /// all is left to happen, or the clock would pass the horizon, it returns nevertheless, and that is a violation.)
    bool run_until(std::uint64_t usec);
    bool run_for(std::uint64_t usec) { return run_until(now() + usec); }
    /// Runs until `done()`, asked after every event, or the clock says `usec`. Returns done()'s last word.
    bool run_until(std::uint64_t usec, const std::function<bool()> &done);
    /// The next event alone, whenever it is; false if there is none.
    bool step();
    /// When tables' own runs end at the latest; never, at first.
    void set_horizon(std::uint64_t usec);
    /// Has `fn` called once at that time (now, if it is past), outside every table. It is not called if the world ends.
    void at(std::uint64_t usec, std::function<void()> fn);
    void after(std::uint64_t usec, std::function<void()> fn) { at(now() + usec, std::move(fn)); }

    // -- Names. A name that was never set is answered with EAI_NONAME.

    /// `addresses` in the order they are given to who asks; none: EAI_NONAME from now on.
    void set_name(std::string_view name, const std::vector<std::string> &addresses);
    /// Questions after `name` are never answered.
    void silence_name(std::string_view name);

    // -- Connections that are there. The result is how many were hit.

    /// Both ends see ECONNRESET at once; what was under way is lost, what has arrived can be read.
    std::size_t reset(std::string_view host, std::string_view peer = {});
    /// What is under way and what is sent from now on vanishes, both ways, for ever. Only time-outs and probes tell.
    std::size_t drop(std::string_view host, std::string_view peer = {});

    // -- Paths. Silent: what does not get through waits, as TCP has it, and times out as the Network says.

    /// Nothing gets from `host` to `peer` (forth) or either way (both).
    void partition(std::string_view host, std::string_view peer, Ways ways = Ways::both);
    void partition(std::span<const std::string> hosts, std::span<const std::string> peers, Ways ways = Ways::both);
    /// Ends that, both ways. What waits arrives (Loss::silent; within Network::recovery), or connections with something
    /// waiting are reset.
    void heal(std::string_view host, std::string_view peer, Loss waiting = Loss::silent);
    void heal(std::span<const std::string> hosts, std::span<const std::string> peers, Loss waiting = Loss::silent);
    /// Every partition.
    void heal_all(Loss waiting = Loss::silent);

    /// Latency to and from `host` times `factor` (at least 1), bandwidth divided by it; 1: as the others.
    void slow(std::string_view host, unsigned factor);

    // -- Hosts.

    /// Holds all traffic to and from `host`; `resume` lets it through at once. The loop of a table there goes on (a
    /// table may carry several hosts): see `stall`.
    void pause(std::string_view host);
    void resume(std::string_view host);

    /// The host's processes are gone. Its sockets fail with ECONNRESET at once, so that who simulates them can clean
    /// up. Its peers see a reset and new connections are refused (Loss::reset), or they hear nothing (Loss::silent).
    /// Sockets that go on listening there count again after `revive`.
    void kill(std::string_view host, Loss how = Loss::reset);
    /// Peers that heard nothing learn by a reset as soon as they send or probe.
    void revive(std::string_view host);

    /// New connections to `host` are refused, whoever listens; the others stay.
    void refuse_connects(std::string_view host, bool on);
    /// New connections to `host` are never answered; the others stay.
    void ignore_connects(std::string_view host, bool on);

    // -- Loops.

    /// The table's loop does not turn for `usec`, while its clock and the network go on.
    void stall(tenon_io_ops *io, std::uint64_t usec);

    // -- The judge.

    Census census(tenon_io_ops *io) const;
    /// Breaches of the contract, in words with their time, oldest first, at most 100: a closed, unknown or another
    /// table's socket or handle used, a second watch on a socket, a watched socket closed, a table destroyed with
    /// handles or sockets left, a run that would never return … The call fails (EBADF, EINVAL …); nothing is aborted.
    const std::vector<std::string> &violations() const;
    void forget_violations();
    /// Sum of everything that happened in its order: times, turns, callbacks, bytes. Equal for equal histories.
    std::uint64_t digest() const;
    Statistics statistics() const;
    /// Connections of which an end is open or something is under way.
    std::size_t connections() const;

    /// Called with everything that happens on the wire; null: nobody (then it costs nothing). It must not call the
    /// World nor a table.
    void trace(std::function<void(const Trace &)> sink);

private:
    std::unique_ptr<Kernel> kernel_;
};

}  // namespace tenon::sim

/// The plugin's creator. `cookie`: World::cookie(), whose World outlives the table; or null for a world of the table's
/// own (host 10.0.0.1, a calm network, the seed from $TENON_SIM_SEED, default 1).
extern "C" TENON_API int tenon_create_sim_io_ops(int version, tenon_io_ops **io, void *cookie);
