// SPDX-License-Identifier: Apache-2.0
#include "devcluster/commands.hpp"

#include <array>
#include <optional>

#include "devcluster/cluster.hpp"
#include "wire/opcode.hpp"
#include "wire/status.hpp"

namespace tenon::devcluster {
namespace {

using wire::Opcode;
using wire::Status;

/// What has to be there before a command is run.
enum class Needs : std::uint8_t { nothing, bucket, active_vbucket };

struct Command {
    void (*run)(Request &request) = nullptr;
    Needs needs = Needs::nothing;
};

constexpr std::array<Command, 256> make_table() {
    std::array<Command, 256> table{};
    const auto row = [&](Opcode opcode, void (*run)(Request &), Needs needs) {
        table[static_cast<std::uint8_t>(opcode)] = {run, needs};
    };
    using enum Opcode;
    for (const Opcode o : {get, getk}) row(o, commands::get, Needs::active_vbucket);
    for (const Opcode o : {gat, gatk}) row(o, commands::get_and_touch, Needs::active_vbucket);
    for (const Opcode o : {Opcode::set, add, replace}) row(o, commands::store, Needs::active_vbucket);
    for (const Opcode o : {append, prepend}) row(o, commands::extend, Needs::active_vbucket);
    for (const Opcode o : {increment, decrement}) row(o, commands::count, Needs::active_vbucket);
    row(remove, commands::remove, Needs::active_vbucket);
    row(touch, commands::touch, Needs::active_vbucket);
    row(get_and_lock, commands::get_and_lock, Needs::active_vbucket);
    row(unlock, commands::unlock, Needs::active_vbucket);
    row(get_replica, commands::get_replica, Needs::bucket);
    row(observe, commands::observe, Needs::bucket);

    row(noop, commands::noop, Needs::nothing);
    row(version, commands::version, Needs::nothing);
    row(verbosity, commands::verbosity, Needs::nothing);
    row(quit, commands::quit, Needs::nothing);
    row(hello, commands::hello, Needs::nothing);
    row(sasl_list, commands::sasl_list, Needs::nothing);
    row(sasl_auth, commands::sasl_auth, Needs::nothing);
    row(sasl_step, commands::sasl_step, Needs::nothing);
    row(select_bucket, commands::select_bucket, Needs::nothing);

    row(flush, commands::flush, Needs::bucket);
    row(stat, commands::stat, Needs::bucket);
    row(get_cluster_config, commands::get_cluster_config, Needs::bucket);
    row(get_vbucket, commands::get_vbucket, Needs::bucket);
    row(set_vbucket, commands::set_vbucket, Needs::bucket);
    row(del_vbucket, commands::del_vbucket, Needs::bucket);

    row(stop_persistence, commands::stop_persistence, Needs::bucket);
    row(start_persistence, commands::start_persistence, Needs::bucket);
    row(set_param, commands::set_param, Needs::bucket);
    row(stop_replication, commands::stop_replication, Needs::bucket);
    row(start_replication, commands::start_replication, Needs::bucket);
    row(evict_key, commands::evict_key, Needs::active_vbucket);
    return table;
}

constexpr std::array<Command, 256> kCommands = make_table();

/// The status in the words memcached uses.
const char *words(Status status) {
    switch (status) {
    case Status::not_found: return "Not found";
    case Status::exists: return "Data exists for key.";
    case Status::too_big: return "Too large.";
    case Status::invalid_arguments: return "Invalid arguments";
    case Status::not_stored: return "Not stored.";
    case Status::delta_bad_value: return "Non-numeric server-side value for incr or decr";
    case Status::auth_error: return "Auth failure.";
    case Status::unknown_command: return "Unknown command";
    default: return wire::name(status);
    }
}

/// What the node's faults have for a request that would be executed; ok: nothing.
Status injected(const Request &request) {
    const Faults &faults = request.node().faults();
    Random &random = request.cluster().random();
    if (random.chance(faults.not_my_vbucket)) return Status::not_my_vbucket;
    if (random.chance(faults.temporary_failure)) return Status::temporary_failure;
    if (random.chance(faults.busy)) return Status::busy;
    if (random.chance(faults.out_of_memory)) return Status::out_of_memory;
    return Status::ok;
}

/// Whether a bucket of memcached's type does not know the command.
bool is_couchbases_own(Opcode command) {
    switch (command) {
    case Opcode::get_and_lock:
    case Opcode::unlock:
    case Opcode::get_replica:
    case Opcode::observe:
    case Opcode::evict_key:
    case Opcode::get_vbucket:
    case Opcode::set_vbucket:
    case Opcode::del_vbucket:
    case Opcode::stop_persistence:
    case Opcode::start_persistence:
    case Opcode::set_param:
    case Opcode::stop_replication:
    case Opcode::start_replication: return true;
    default: return false;
    }
}

/// Looks up what the command needs; ok, or why it is not there. None: it is to wait.
std::optional<Status> prepare(Request &request, Needs needs) {
    if (needs == Needs::nothing) return Status::ok;
    request.bucket = request.connection.bucket();
    if (request.bucket == nullptr)
        return request.connection.user() == nullptr ? Status::auth_error : Status::no_bucket;
    if (request.bucket->memcached() && is_couchbases_own(request.command)) return Status::not_supported;
    if (needs == Needs::bucket) return Status::ok;
    Shard &shard = request.node().shard(request.bucket->index());
    const std::size_t number = request.bucket->memcached() ? 0 : request.frame.vbucket();
    if (number >= shard.vbuckets.size()) return Status::not_my_vbucket;
    VBucket &vbucket = shard.vbuckets[number];
    if (vbucket.state == VBucketState::pending) return {};
    if (vbucket.state != VBucketState::active) return Status::not_my_vbucket;
    if (request.node().warming_up()) return Status::temporary_failure;
    request.vbucket = &vbucket;
    return injected(request);
}

}  // namespace

bool execute(DataConnection &connection, const wire::Frame &frame, std::uint64_t now) {
    const wire::OpcodeInfo &info = wire::info(frame.opcode);
    Request request{connection, frame, info.loud, info.loud != frame.opcode, now};
    const Command &command = kCommands[static_cast<std::uint8_t>(info.loud)];
    if (command.run == nullptr) return request.refuse(Status::unknown_command), true;
    if (!info.request.allows(frame.extras.size(), frame.key.size(), frame.value.size()) ||
        frame.key.size() > wire::kMaxKeyLength)
        return request.refuse(Status::invalid_arguments), true;
    const std::optional<Status> status = prepare(request, command.needs);
    if (!status) return false;
    if (*status != Status::ok) request.refuse(*status);
    else command.run(request);
    return true;
}

void Request::answer(const Answer &answer) const {
    connection.send({.magic = wire::Magic::response,
                     .opcode = frame.opcode,
                     .datatype = answer.datatype,
                     .opaque = frame.opaque,
                     .cas = answer.cas,
                     .extras = answer.extras,
                     .key = answer.key,
                     .value = answer.value});
}

void Request::refuse(Status status) const {
    // Status::locked came with a later server: who did not ask for it gets what there was before.
    if (status == Status::locked && !connection.extended_errors())
        status = command == Opcode::get_and_lock || command == Opcode::unlock ? Status::temporary_failure
                                                                              : Status::exists;
    std::string_view body = words(status) != nullptr ? words(status) : "";
    MapRef map;
    if (status == Status::not_my_vbucket) {
        ++node().statistics().refused_vbuckets;
        map = cluster().options().map_in_refusals ? node().map(*bucket) : nullptr;
        body = map ? std::string_view(map->data()) : std::string_view();
    }
    connection.send({.magic = wire::Magic::response,
                     .opcode = frame.opcode,
                     .vbucket_or_status = static_cast<std::uint16_t>(status),
                     .opaque = frame.opaque,
                     .value = wire::as_bytes(body)});
}

void Request::replicate(const Item *item) const {
    cluster().replication().changed(node(), *bucket, frame.vbucket(), frame.key, item);
}

}  // namespace tenon::devcluster
