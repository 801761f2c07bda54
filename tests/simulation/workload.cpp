// SPDX-License-Identifier: Apache-2.0
#include "workload.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "value.hpp"
#include "wire/extras.hpp"
#include "wire/protocol.hpp"

namespace tenon::simulation {
namespace {

constexpr std::uint64_t kWrongCas = 0x4711;
constexpr std::uint64_t kReconnectAfter = 100'000;
constexpr std::uint64_t kTimerSlack = 2'000;
/// How long a client that is to be destroyed in a callback waits for one.
constexpr std::uint64_t kDiesAnyhowAfter = 50'000;

constexpr const char *kBuckets[] = {"default", "other"};

/// Of the cluster's management, what every node knows. The answer counts as any other operation's.
std::error_code ask_http(Client &client, std::chrono::microseconds timeout, Callback done) {
    HttpRequest request;
    request.path = "/pools/default";
    request.timeout = timeout;
    return client.http(request, [done = std::make_shared<Callback>(std::move(done))](const HttpReply &answer) {
        Reply reply;
        reply.error = answer.error;
        reply.server = answer.server;
        reply.detail = answer.detail;
        (*done)(reply);
    });
}

}  // namespace

const char *bucket_name(unsigned bucket) { return kBuckets[bucket]; }
std::string bucket_password(unsigned bucket) { return fmt::format("secret of {}", kBuckets[bucket]); }

Workload::Workload(sim::World &world, const Plan &plan, Insight insight, Trace *trace)
    : world_(world),
      plan_(plan),
      insight_(std::move(insight)),
      addresses_(insight_.members()),
      trace_(trace),
      lives_(plan.clients.size()),
      ends_(plan.clients.size()),
      chained_(plan.operations.size()) {
    for (unsigned i = 0; i < plan.machines; ++i)
        if (world.create_table(fmt::format("10.0.2.{}", i + 1), &tables_.emplace_back()) != TENON_IO_OK)
            violations_.push_back({"harness", "no table could be made"});
    const unsigned buckets = plan.cluster.buckets, parts = plan.cluster.parts();
    for (unsigned bucket = 0; bucket < buckets; ++bucket)
        for (unsigned key = 0; key < plan.keys; ++key)
            add_key(bucket, fmt::format("k{}", key), plan.is_routed(key) ? fmt::format("to{}", key) : std::string());
    std::vector<std::string> probes(parts);  // one for every part
    for (unsigned n = 0, found = 0; found < parts; ++n) {
        std::string key = "probe" + std::to_string(n);
        std::string &probe = probes[insight_.part_of(key)];
        if (!probe.empty()) continue;
        probe = std::move(key);
        ++found;
    }
    for (unsigned bucket = 0; bucket < buckets; ++bucket)
        for (const std::string &probe : probes) add_key(bucket, probe, {});
    calls_.reserve(2 * plan.operations.size());
    for (std::uint32_t i = 0; i < plan.operations.size(); ++i) {
        const std::uint32_t after = plan.operations[i].after;
        if (after < i) chained_[after].push_back(i);
    }
}

Workload::~Workload() {
    destroy_clients();
    for (tenon_io_ops *table : tables_) table->destructor(table);
}

void Workload::add_key(unsigned bucket, std::string key, std::string route) {
    const unsigned part = insight_.part_of(route.empty() ? key : route);
    parts_.push_back(static_cast<std::uint16_t>(bucket * plan_.cluster.parts() + part));
    bucket_of_key_.push_back(bucket);
    keys_.push_back(std::move(key));
    routes_.push_back(std::move(route));
}

void Workload::start() {
    for (unsigned i = 0; i < plan_.clients.size(); ++i) {
        const ClientPlan &client = plan_.clients[i];
        world_.after(client.born, [this, i] { be_born(i); });
        if (client.dies == kNever) continue;
        world_.after(client.dies, [this, i] {
            if (plan_.clients[i].dies_in_callback) lives_[i].dying = true;
            else die(i);
        });
        world_.after(client.dies + kDiesAnyhowAfter, [this, i] { die(i); });
    }
    for (std::uint32_t i = 0; i < plan_.operations.size(); ++i) {
        const OperationPlan &first = plan_.operations[i];
        if (first.after != OperationPlan::kNone) continue;
        world_.after(first.at, [this, i] { run(i); });
    }
}

Options Workload::options_of(unsigned client) {
    const ClientPlan &plan = plan_.clients[client];
    Options options;
    for (std::size_t i = 0; i < addresses_.size(); ++i)
        if ((plan.hosts >> i & 1) != 0) options.hosts.push_back(addresses_[i]);
    if (lives_[client].outdated) options.hosts = insight_.members();
    options.memcached = plan_.cluster.kind == BucketKind::servers;
    options.bucket = kBuckets[plan.bucket];
    if (plan_.cluster.passwords && plan.password == 0) options.password = bucket_password(plan.bucket);
    if (plan_.cluster.passwords && plan.password == 1) options.password = "a guess";
    options.sasl_buckets = plan.password == 2;
    options.operation_timeout = std::chrono::microseconds(plan.timeout);
    options.connect_timeout = std::chrono::microseconds(plan.connect_timeout);
    options.config_agreement = plan.agreement == 0 ? ConfigAgreement::majority : ConfigAgreement::first;
    options.config_watch = plan.watch == 0 ? ConfigWatch::one : ConfigWatch::all;
    options.seed = plan_.seed * 64 + client + 1;
    if (plan.cache != 0) options.config_cache = files_.path(plan.cache);
    options.log_level = trace_ != nullptr ? 1 : plan.cache != 0 ? 3 : 4;
    options.log = [this, client](int, std::string_view line) {
        if (line.find("map cache ") != line.npos && line.find(" is ignored") != line.npos)
            lives_[client].ignored_cache = true;
        if (trace_ != nullptr) trace_->line(world_.now(), fmt::format("client{}", client), line);
    };
    return options;
}

void Workload::be_born(unsigned client) {
    if (over_) return;
    Life &life = lives_[client];
    const ClientPlan &plan = plan_.clients[client];
    const MapFiles::State found = plan.cache != 0 ? files_.state(plan.cache) : MapFiles::State::absent;
    Options options = options_of(client);
    life.told = options.hosts;
    life.ignored_cache = false;
    life.client.emplace(tables_[plan.machine], std::move(options));
    if (trace_ != nullptr) trace_->line(world_.now(), fmt::format("client{}", client), "is born");
    connect(client);
    check_cache(client, found);
}

/// A map that was kept is gone by from the start; one that was damaged is not, and that is said.
void Workload::check_cache(unsigned client, MapFiles::State found) {
    if (found == MapFiles::State::absent) return;
    // With other hosts it is another cluster's, as far as anybody can tell.
    for (unsigned i = 0; i < lives_.size(); ++i)
        if (lives_[i].outdated && plan_.clients[i].cache == plan_.clients[client].cache) return;
    const std::string who = fmt::format("client {}", client);
    const bool spoiled = found == MapFiles::State::spoiled;
    if (lives_[client].ignored_cache != spoiled)
        violations_.push_back({"map cache", who + (spoiled ? " takes a damaged file" : " ignores a whole file")});
    if (spoiled) return;
    const std::size_t births = ends_[client].size();
    world_.after(insight_.longest_turn() + kTimerSlack, [this, client, who, births] {
        const Life &life = lives_[client];
        if (life.client && !life.destroying && births == ends_[client].size() && !life.client->connected() &&
            !insight_.stalled(plan_.clients[client].machine))
            violations_.push_back({"map cache", who + " has a map in a file and does not go by it"});
    });
}

void Workload::spoil_cache(unsigned file, std::uint64_t how) { files_.spoil(file, how); }

void Workload::connect(unsigned client) {
    Life &life = lives_[client];
    if (!life.client || life.destroying) return;
    const std::error_code refused = life.client->connect([this, client](std::error_code error, std::string_view) {
        if (!error) return;
        if (barred(client) && plan_.smooth() && error != errc::authentication)
            violations_.push_back({"password", fmt::format("client {} hears of {}", client, error.message())});
        world_.after(barred(client) ? 10 * kReconnectAfter : kReconnectAfter,
                     [this, client, error] { connect_again(client, error); });
    });
    if (refused) violations_.push_back({"connect", fmt::format("client {}: {}", client, refused.message())});
}

void Workload::connect_again(unsigned client, std::error_code error) {
    // A node that was thrown out says that there is no such bucket, or user: somebody corrects the configuration.
    const bool corrects = error == errc::bucket_not_found || (error == errc::authentication && !barred(client));
    if (!corrects) return connect(client);
    if (lives_[client].client) start_anew(client);
}

void Workload::die(unsigned client) {
    Life &life = lives_[client];
    if (!life.client || life.destroying) return;
    if (trace_ != nullptr) trace_->line(world_.now(), fmt::format("client{}", client), "is destroyed");
    ends_[client].push_back(world_.now());
    life.destroying = true;
    life.client.reset();
    life.destroying = false;
}

void Workload::run(std::uint32_t operation) {
    const OperationPlan &plan = plan_.operations[operation];
    Call call;
    call.action = plan.action;
    call.key = static_cast<std::uint16_t>(plan_.clients[plan.client].bucket * plan_.keys + plan.key);
    call.cas = cas_for(lives_[plan.client], plan);
    call.delta = plan.delta;
    call.initial = plan.initial;
    call.creates = plan.initial != 0 && (plan.action == Action::increment || plan.action == Action::decrement);
    call.seconds = plan.seconds;
    issue(plan.client, std::move(call), plan, operation);
}

std::uint64_t Workload::cas_for(const Life &life, const OperationPlan &plan) const {
    if (plan.cas == CasUse::none) return 0;
    const auto seen = life.seen.find(plan_.clients[plan.client].bucket * plan_.keys + plan.key);
    return plan.cas == CasUse::wrong || seen == life.seen.end() ? kWrongCas : seen->second;
}

void Workload::issue(unsigned client, Call call, const OperationPlan &plan, std::uint32_t operation) {
    Life &life = lives_[client];
    if (!life.client || life.destroying) return;
    const auto id = static_cast<std::uint32_t>(calls_.size());
    const std::uint64_t timeout = plan.timeout != 0 ? plan.timeout : plan_.clients[client].timeout;
    call.id = id;
    call.client = static_cast<std::uint16_t>(client);
    call.invoked = world_.now();
    call.deadline = call.invoked + timeout;
    call.barred = barred(client);
    call.value = "w" + std::to_string(id) + ';';
    if (trace_ != nullptr) trace_->on_call(world_.now(), call, keys_[call.key]);
    calls_.push_back(std::move(call));
    ++open_;
    Cancellation *cancellation = nullptr;
    if (plan.cancel != 0) {
        cancellation = &cancellations_.emplace_back();
        world_.after(plan.cancel, [this, id, cancellation] {
            if (cancellation->pending()) calls_[id].cancelled = world_.now();
            cancellation->cancel();
        });
    }
    const std::optional<std::uint64_t> upsets = plan.action == Action::durability ? insight_.upsets() : std::nullopt;
    const std::error_code refused =
        schedule(*life.client, calls_[id], plan, cancellation, [this, id, operation, upsets](const Reply &reply) {
            on_reply(id, operation, reply);
            if (upsets) check_durable(calls_[id], *upsets);
        });
    if (!refused) return;
    // Not accepted: no callback will come, and nothing happens.
    --open_;
    calls_[id].refused = true;
    calls_[id].error = refused.value();
    calls_[id].completed = world_.now();
    if (trace_ != nullptr) trace_->on_completion(world_.now(), calls_[id]);
    note_probe(calls_[id]);
}

std::error_code Workload::schedule(Client &client, const Call &call, const OperationPlan &plan,
                                   Cancellation *cancellation, Callback done) {
    const std::string &key = keys_[call.key], &route = routes_[call.key];
    const std::chrono::microseconds timeout(call.deadline - call.invoked);
    const std::string value = writes(call.action) ? make_value(call.id, plan.size) : std::string();
    const OperationOptions plain{timeout, route, {}, cancellation};
    const StoreOptions store{.cas = call.cas, .expiry = call.seconds, .timeout = timeout, .route_key = route,
                             .cancellation = cancellation};
    CounterOptions counter{.expiry = call.seconds, .timeout = timeout, .route_key = route,
                           .cancellation = cancellation};
    if (call.creates) counter.initial = call.initial;
    const ServerOptions all{.timeout = timeout, .cancellation = cancellation};
    switch (call.action) {
    case Action::get: return client.get(key, std::move(done), plain);
    case Action::get_and_touch: return client.get_and_touch(key, call.seconds, std::move(done), plain);
    case Action::set: return client.set(key, as_bytes(value), std::move(done), store);
    case Action::add: return client.add(key, as_bytes(value), std::move(done), store);
    case Action::replace: return client.replace(key, as_bytes(value), std::move(done), store);
    case Action::append: return client.append(key, as_bytes(value), std::move(done), store);
    case Action::prepend: return client.prepend(key, as_bytes(value), std::move(done), store);
    case Action::remove: return client.remove(key, std::move(done), {call.cas, timeout, route, {}, cancellation});
    case Action::touch: return client.touch(key, call.seconds, std::move(done), plain);
    case Action::increment: return client.increment(key, call.delta, std::move(done), counter);
    case Action::decrement: return client.decrement(key, call.delta, std::move(done), counter);
    case Action::lock: return client.get_and_lock(key, call.seconds, std::move(done), plain);
    case Action::unlock: return client.unlock(key, call.cas, std::move(done), plain);
    case Action::exists: return client.exists(key, std::move(done), plain);
    case Action::get_replica:
        if (plan.size == 0) return client.get_any_replica(key, std::move(done), plain);
        return client.get_replica(key, static_cast<unsigned>(plan.size - 1), std::move(done), plain);
    case Action::get_all_replicas: return client.get_all_replicas(key, std::move(done), plain);
    case Action::observe: return client.observe(key, std::move(done), plain);
    case Action::durability:
        return client.durability(key, std::move(done),
                                 {.persist_to = static_cast<unsigned>(call.delta),
                                  .replicate_to = static_cast<unsigned>(call.initial),
                                  .cas = call.cas,
                                  .timeout = timeout,
                                  .interval = std::chrono::microseconds(plan.size),
                                  .route_key = route,
                                  .cancellation = cancellation});
    case Action::noop: return client.noop(std::move(done), all);
    case Action::version: return client.version(std::move(done), all);
    case Action::verbosity: return client.verbosity(0, std::move(done), all);
    case Action::stats: return client.stats({}, std::move(done), all);
    case Action::flush: return client.flush(0, std::move(done), all);
    case Action::evict: return client.evict_key(key, std::move(done), all);
    case Action::http: return ask_http(client, timeout, std::move(done));
    }
    return errc::invalid_arguments;
}

/// A success of durability is true: so many copies can have had the item.
void Workload::check_durable(const Call &call, std::uint64_t upsets) {
    if (call.lasts != 1 || call.error != 0 || insight_.upsets() != upsets) return;
    const auto [disks, replicas] =
        insight_.durable(bucket_of_key_[call.key], static_cast<std::uint16_t>(parts_[call.key] % plan_.cluster.parts()),
                         keys_[call.key], call.result_cas, call.invoked);
    if (disks < call.delta || replicas < call.initial)
        violations_.push_back(
            {"durable", fmt::format("{} is on {} disks and {} replicas at most", describe(call), disks, replicas)});
}

void Workload::on_reply(std::uint32_t id, std::uint32_t operation, const Reply &reply) {
    Call &call = calls_[id];
    ++call.callbacks;
    if (call.lasts != 0) {
        violations_.push_back({"completed once", "called back again after the last: " + describe(call)});
        return;
    }
    if (!reply.error) {
        if (call.action == Action::get_all_replicas) call.copies.push_back(normalised(reply.text()));
        if (call.action == Action::flush) call.reached.emplace_back(reply.server);
        if (call.action == Action::observe) {
            const ObserveResult told(reply);
            call.told.push_back({told.copy, told.exists(), told.item_cas});
        }
    }
    if (!reply.last) return;
    --open_;
    ++call.lasts;
    call.completed = world_.now();
    call.error = reply.error.value();
    call.result_cas = reply.cas;
    call.counter = reply.counter();
    call.server = reply.server;
    call.detail = reply.detail;
    if (!reply.error && !answers_often(call.action) && call.action != Action::durability)
        call.result = normalised(reply.text());
    if (call.action == Action::increment || call.action == Action::decrement) call.result.clear();
    Life &life = lives_[call.client];
    if (!reply.error && reply.cas != 0) life.seen[call.key] = reply.cas;
    if (trace_ != nullptr) trace_->on_completion(world_.now(), call);
    note_probe(call);
    if (life.dying) die(call.client);
    if (operation != OperationPlan::kNone)
        for (const std::uint32_t next : chained_[operation]) run(next);
}

bool Workload::idle() const { return open_ == 0; }

void Workload::destroy_clients() {
    over_ = true;
    for (unsigned i = 0; i < lives_.size(); ++i) die(i);
}

}  // namespace tenon::simulation
