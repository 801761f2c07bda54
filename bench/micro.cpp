// SPDX-License-Identifier: Apache-2.0
// The pure parts of the hot path one by one, on Google Benchmark: encode, decode, hash, look up, match, expire; and
// what becomes of whole maps.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <tenon/reply.hpp>

#include "client/deadline_queues.hpp"
#include "client/operation_pool.hpp"
#include "session/ring.hpp"
#include "topology/cluster_map.hpp"
#include "topology/compare.hpp"
#include "topology/hash.hpp"
#include "topology/ketama.hpp"
#include "topology/owners.hpp"
#include "wire/frame.hpp"
#include "wire/request.hpp"

namespace {

using namespace tenon;

constexpr std::string_view kKey = "key-000000001234";
const std::string kValue(100, 'x');

void encode_get(benchmark::State &state) {
    std::array<std::byte, 256> out;
    const wire::Request request = wire::request::get(kKey);
    for (auto _ : state) benchmark::DoNotOptimize(wire::encode(request, out.data()));
}
BENCHMARK(encode_get);

void encode_set(benchmark::State &state) {
    std::array<std::byte, 256> out;
    const wire::Request request = wire::request::store(wire::Opcode::set, kKey, as_bytes(kValue), 0, 0);
    for (auto _ : state) benchmark::DoNotOptimize(wire::encode(request, out.data()));
}
BENCHMARK(encode_set);

void decode_frame(benchmark::State &state) {
    std::array<std::byte, 256> bytes;
    const wire::Request request = wire::request::store(wire::Opcode::set, kKey, as_bytes(kValue), 0, 0);
    const std::size_t size = wire::encoded_size(request);
    wire::encode(request, bytes.data());
    wire::Frame frame;
    for (auto _ : state) {
        benchmark::DoNotOptimize(wire::decode_frame({bytes.data(), size}, wire::kDefaultMaxBody, frame));
        benchmark::DoNotOptimize(frame);
    }
}
BENCHMARK(decode_frame);

void hash(benchmark::State &state) {
    const std::string key(static_cast<std::size_t>(state.range(0)), 'k');
    for (auto _ : state) benchmark::DoNotOptimize(topology::hash_key(key));
}
BENCHMARK(hash)->Arg(16)->Arg(250);

/// 1024 vBuckets with one replica on four nodes.
std::string map_json();

/// From a key to the index of the node that is asked: what routing an operation costs.
void hash_and_look_up(benchmark::State &state) {
    const auto map = topology::ClusterMap::parse(map_json(), "10.0.0.1").map;
    const topology::Owners owners(map);
    std::string key(kKey);
    for (auto _ : state) {
        benchmark::DoNotOptimize(key.data());
        benchmark::DoNotOptimize(owners.of(map->vbucket_of(key)));
    }
}
BENCHMARK(hash_and_look_up);

/// An operation enters the pipeline and leaves it again, behind `range` others.
void ring(benchmark::State &state) {
    session::Ring ring;
    std::vector<session::Operation> operations(static_cast<std::size_t>(state.range(0)));
    std::uint32_t oldest = 0;
    for (session::Operation &operation : operations) ring.push(&operation);
    for (auto _ : state) {
        session::Operation *found = nullptr;
        benchmark::DoNotOptimize(ring.find(oldest, found));
        ring.remove(oldest++);
        ring.push(found);
    }
}
BENCHMARK(ring)->Arg(1)->Arg(1000)->Arg(1000000);

/// An operation's deadline is set, and taken back when it completes, beside `range` others.
void deadlines(benchmark::State &state) {
    client::OperationPool pool;
    client::DeadlineQueues queues;
    constexpr std::uint64_t kTimeout = 2'500'000;
    std::uint64_t now = 0;
    for (std::int64_t i = 0; i < state.range(0); ++i) queues.add(pool.take(), ++now, kTimeout);
    for (auto _ : state) {
        client::Operation &oldest = *queues.first();
        queues.remove(oldest);
        pool.put(oldest);
        queues.add(pool.take(), ++now, kTimeout);
    }
}
BENCHMARK(deadlines)->Arg(1)->Arg(1000)->Arg(1000000);

std::string map_json() {
    std::string json = R"({"name":"default","nodeLocator":"vbucket","vBucketServerMap":{"hashAlgorithm":"CRC",)"
                       R"("numReplicas":1,"serverList":["10.0.0.1:11210","10.0.0.2:11210","10.0.0.3:11210",)"
                       R"("10.0.0.4:11210"],"vBucketMap":[)";
    for (int i = 0; i < 1024; ++i)
        json += (i != 0 ? ",[" : "[") + std::to_string(i % 4) + "," + std::to_string((i + 1) % 4) + "]";
    return json + "]}}";
}

void parse_map(benchmark::State &state) {
    const std::string json = map_json();
    for (auto _ : state) {
        const auto parsed = topology::ClusterMap::parse(json, "10.0.0.1");
        if (!parsed.map) state.SkipWithError(parsed.error.message.c_str());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(parse_map);

/// What a rebalance of a large cluster sends: 100 nodes, 1024 vBuckets, 3 replicas.
std::string large_map_json(int moved) {
    std::string nodes, servers, rows;
    for (int i = 0; i < 100; ++i) {
        const std::string host = "node-" + std::to_string(i) + ".example.com";
        nodes += (i != 0 ? ",{" : "{") + std::string(R"("hostname":")") + host +
                 R"(:8091","status":"healthy","ports":{"proxy":11211,"direct":11210}})";
        servers += (i != 0 ? ",\"" : "\"") + host + ":11210\"";
    }
    for (int i = 0; i < 1024; ++i) {
        rows += i != 0 ? ",[" : "[";
        for (int copy = 0; copy < 4; ++copy)
            rows += (copy != 0 ? "," : "") + std::to_string((i + 7 * copy + (i < moved ? 1 : 0)) % 100);
        rows += "]";
    }
    return R"({"name":"default","uuid":"u","rev":)" + std::to_string(1000 + moved) + R"(,"nodeLocator":"vbucket","nodes":[)" +
           nodes + R"(],"vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":3,"serverList":[)" + servers +
           R"(],"vBucketMap":[)" + rows + "]}}";
}

void parse_large_map(benchmark::State &state) {
    const std::string json = large_map_json(0);
    for (auto _ : state) {
        const auto parsed = topology::ClusterMap::parse(json, "10.0.0.1");
        if (!parsed.map) state.SkipWithError(parsed.error.message.c_str());
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(parse_large_map);

void compare_large_maps(benchmark::State &state) {
    const auto from = topology::ClusterMap::parse(large_map_json(0), "h").map;
    const auto to = topology::ClusterMap::parse(large_map_json(50), "h").map;
    for (auto _ : state) benchmark::DoNotOptimize(topology::compare(*from, *to));
}
BENCHMARK(compare_large_maps);

/// What taking a map costs beside looking at its servers' sessions: compare, and begin with new owners.
void apply_large_map(benchmark::State &state) {
    const auto from = topology::ClusterMap::parse(large_map_json(0), "h").map;
    const auto to = topology::ClusterMap::parse(large_map_json(50), "h").map;
    for (auto _ : state) {
        benchmark::DoNotOptimize(topology::age(*from, *to));
        benchmark::DoNotOptimize(topology::compare(*from, *to));
        benchmark::DoNotOptimize(topology::Owners(to));
    }
}
BENCHMARK(apply_large_map);

void ketama_look_up(benchmark::State &state) {
    std::vector<topology::Server> servers;
    for (int i = 0; i < 16; ++i) servers.push_back({"10.0.0." + std::to_string(i), 11211, 0});
    const topology::Ketama ring(servers, topology::KetamaNames::host_port);
    for (auto _ : state) benchmark::DoNotOptimize(ring.server_of(kKey));
}
BENCHMARK(ketama_look_up);

}  // namespace

BENCHMARK_MAIN();
