// SPDX-License-Identifier: Apache-2.0
// The pure parts of the hot path one by one, on Google Benchmark: encode, decode, hash; and parsing a whole map.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>
#include <tenon/reply.hpp>

#include "topology/cluster_map.hpp"
#include "topology/hash.hpp"
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

}  // namespace

BENCHMARK_MAIN();
