// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "devcluster/cluster.hpp"
#include "devcluster/commands.hpp"
#include "wire/observe.hpp"

namespace tenon::devcluster::commands {
namespace {

using wire::Opcode;
using wire::Status;

constexpr std::uint32_t kDefaultLockSeconds = 15;
constexpr std::uint32_t kLongestLockSeconds = 30;
constexpr std::uint64_t kSecond = 1'000'000;

/// A change's outcome, told to replicas and client.
void conclude(const Request &request, const Store::Result &result) {
    if (result.status != Status::ok) return request.refuse(result.status);
    request.replicate(result.item);
    request.done(result.item->cas);
}

void answer_item(const Request &request, const Item &item) {
    std::byte flags[4];
    wire::put(flags, item.flags);
    const bool with_key = request.command == Opcode::getk || request.command == Opcode::gatk;
    request.answer({.extras = flags,
                    .key = with_key ? request.frame.key : std::string_view(),
                    .value = wire::as_bytes(item.value),
                    .cas = item.visible_cas(request.now),
                    .datatype = item.datatype});
}

/// What memcached says of an item that is not there: the forms that name the key name it here too.
void refuse_missing(const Request &request) {
    if (request.quiet) return;
    const bool with_key = request.command == Opcode::getk || request.command == Opcode::gatk;
    if (!with_key) return request.refuse(Status::not_found);
    request.connection.send({.magic = wire::Magic::response,
                             .opcode = request.frame.opcode,
                             .vbucket_or_status = static_cast<std::uint16_t>(Status::not_found),
                             .opaque = request.frame.opaque,
                             .key = request.frame.key});
}

}  // namespace

void get(Request &request) {
    Statistics &statistics = request.node().statistics();
    ++statistics.gets;
    const Item *const item = request.vbucket->store.find(request.frame.key, request.now);
    if (item == nullptr) return refuse_missing(request);
    ++statistics.hits;
    answer_item(request, *item);
}

void get_and_touch(Request &request) {
    Statistics &statistics = request.node().statistics();
    ++statistics.gets;
    ++statistics.touches;
    const auto seconds = wire::load<std::uint32_t>(request.frame.extras.data());
    const Store::Result result =
        request.vbucket->store.touch(request.frame.key, request.cluster().expiry(seconds), request.now);
    if (result.status == Status::not_found) return refuse_missing(request);
    if (result.status != Status::ok) return request.refuse(result.status);
    ++statistics.hits;
    request.replicate(result.item);
    answer_item(request, *result.item);
}

void touch(Request &request) {
    ++request.node().statistics().touches;
    const auto seconds = wire::load<std::uint32_t>(request.frame.extras.data());
    conclude(request, request.vbucket->store.touch(request.frame.key, request.cluster().expiry(seconds), request.now));
}

void store(Request &request) {
    ++request.node().statistics().sets;
    const wire::Frame &frame = request.frame;
    if (frame.value.size() > request.cluster().options().max_value_size) return request.refuse(Status::too_big);
    const StoreMode mode = request.command == Opcode::add       ? StoreMode::add
                           : request.command == Opcode::replace ? StoreMode::replace
                                                                : StoreMode::set;
    const Store::Content content{
        .value = wire::as_text(frame.value),
        .expires = request.cluster().expiry(wire::load<std::uint32_t>(frame.extras.data() + 4)),
        .flags = wire::load<std::uint32_t>(frame.extras.data()),
        .datatype = frame.datatype,
    };
    conclude(request, request.vbucket->store.store(mode, frame.key, content, frame.cas, request.now));
}

void extend(Request &request) {
    ++request.node().statistics().sets;
    const wire::Frame &frame = request.frame;
    conclude(request, request.vbucket->store.extend(request.command == Opcode::prepend, frame.key,
                                                    wire::as_text(frame.value), frame.cas,
                                                    request.cluster().options().max_value_size, request.now));
}

void remove(Request &request) {
    const Status status = request.vbucket->store.remove(request.frame.key, request.frame.cas, request.now);
    if (status != Status::ok) return request.refuse(status);
    request.replicate(nullptr);
    request.done();
}

void count(Request &request) {
    const std::byte *const extras = request.frame.extras.data();
    Store::Count count{.delta = wire::load<std::uint64_t>(extras),
                       .down = request.command == Opcode::decrement,
                       .initial = wire::load<std::uint64_t>(extras + 8),
                       .expires = {}};
    const auto seconds = wire::load<std::uint32_t>(extras + 16);
    if (seconds != wire::kDoNotCreate) count.expires = request.cluster().expiry(seconds);
    std::uint64_t number = 0;
    const Store::Result result =
        request.vbucket->store.count(request.frame.key, count, request.frame.cas, request.now, number);
    if (result.status != Status::ok) return request.refuse(result.status);
    request.replicate(result.item);
    if (request.quiet) return;
    std::byte value[8];
    wire::put(value, number);
    request.answer({.value = value, .cas = result.item->cas});
}

void get_and_lock(Request &request) {
    std::uint32_t seconds = 0;
    if (!request.frame.extras.empty()) seconds = wire::load<std::uint32_t>(request.frame.extras.data());
    if (seconds == 0 || seconds > kLongestLockSeconds) seconds = kDefaultLockSeconds;
    const Store::Result result =
        request.vbucket->store.lock(request.frame.key, request.now + seconds * kSecond, request.now);
    if (result.status != Status::ok) return request.refuse(result.status);
    request.replicate(result.item);
    std::byte flags[4];
    wire::put(flags, result.item->flags);
    request.answer({.extras = flags,
                    .value = wire::as_bytes(result.item->value),
                    .cas = result.item->cas,
                    .datatype = result.item->datatype});
}

void unlock(Request &request) {
    const Status status = request.vbucket->store.unlock(request.frame.key, request.frame.cas, request.now);
    if (status != Status::ok) return request.refuse(status);
    request.done();
}

void get_replica(Request &request) {
    Shard &shard = request.node().shard(request.bucket->index());
    const std::uint16_t number = request.frame.vbucket();
    if (number >= shard.vbuckets.size() || shard.vbuckets[number].state != VBucketState::replica)
        return request.refuse(Status::not_my_vbucket);
    const Item *const item = shard.vbuckets[number].store.find(request.frame.key, request.now);
    if (item == nullptr) return request.refuse(Status::not_found);
    answer_item(request, *item);
}

/// Asks after several keys, each with its vBucket. The CAS's place holds how long changes take to get to disk and to
/// replicas, in milliseconds.
void observe(Request &request) {
    if (!request.frame.key.empty()) return set_tap_param(request);
    Shard &shard = request.node().shard(request.bucket->index());
    std::span<const std::byte> rest = request.frame.value;
    std::vector<std::byte> answer;
    while (!rest.empty()) {
        wire::ObserveKey asked;
        if (!wire::decode_next(rest, asked) || asked.key.empty() || asked.key.size() > wire::kMaxKeyLength)
            return request.refuse(Status::invalid_arguments);
        if (asked.vbucket >= shard.vbuckets.size()) return request.refuse(Status::not_my_vbucket);
        VBucket &vbucket = shard.vbuckets[asked.vbucket];
        if (vbucket.state != VBucketState::active && vbucket.state != VBucketState::replica)
            return request.refuse(Status::not_my_vbucket);
        const Item *const item = vbucket.store.find(asked.key, request.now);
        const std::optional<std::uint64_t> removed_at = vbucket.store.removed_at(asked.key);
        wire::ObserveState state = wire::ObserveState::not_found;
        if (item != nullptr) {
            const bool persisted = shard.disk.has(item->changed_at, request.now);
            state = persisted ? wire::ObserveState::on_disk : wire::ObserveState::in_memory;
        } else if (removed_at && !shard.disk.has(*removed_at, request.now)) {
            state = wire::ObserveState::deleted;
        }
        const wire::ObserveEntry entry{asked.vbucket, asked.key, static_cast<std::uint8_t>(state),
                                       item != nullptr ? item->cas : 0};
        answer.resize(answer.size() + wire::encoded_size(entry));
        wire::encode(entry, answer.data() + answer.size() - wire::encoded_size(entry));
    }
    const Options &options = request.cluster().options();
    const std::uint64_t replicated = options.replication_lag ? options.replication_lag->most : 0;
    request.answer({.value = answer,
                    .cas = wire::big_endian(options.persistence_usec / 1000 << 32 | replicated / 1000)});
}

}  // namespace tenon::devcluster::commands
