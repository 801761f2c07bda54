// SPDX-License-Identifier: Apache-2.0
#include "topology/ketama.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

// A digest by EVP, which OpenSSL 3 would rather have, costs an allocation, and is refused in FIPS mode, though nothing is
// kept secret by this one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>

namespace tenon::topology {
namespace {

constexpr unsigned kHashesPerServer = 40;
constexpr std::uint16_t kDefaultPort = 11211;

using Digest = std::array<unsigned char, 16>;

Digest md5(std::string_view text) {
    Digest digest;
    MD5_CTX context;
    MD5_Init(&context);
    MD5_Update(&context, text.data(), text.size());
    MD5_Final(digest.data(), &context);
    return digest;
}

/// The n-th 32 bits of a digest, little-endian.
std::uint32_t point(const Digest &digest, std::size_t n) {
    const unsigned char *p = digest.data() + 4 * n;
    return static_cast<std::uint32_t>(p[3]) << 24 | static_cast<std::uint32_t>(p[2]) << 16 |
           static_cast<std::uint32_t>(p[1]) << 8 | p[0];
}

std::string name_of(const Server &server, KetamaNames names) {
    if (names == KetamaNames::host_port) return server.authority();
    return server.data_port == kDefaultPort ? server.host : server.host + ":" + std::to_string(server.data_port);
}

/// 40; but libmemcached reckons it from a server's share of all weights, in floats, and loses one for some numbers of
/// servers (25, say).
unsigned hashes_per_server(std::size_t servers, KetamaNames names) {
    if (names == KetamaNames::host_port || servers == 0) return kHashesPerServer;
    const auto count = static_cast<float>(servers);
    const float share = 1.0F / count;
    return static_cast<unsigned>(static_cast<float>(static_cast<double>(share * kHashesPerServer * 4 / 4 * count) + 1e-10));
}

}  // namespace

Ketama::Ketama(const std::vector<Server> &servers, KetamaNames names) {
    const unsigned hashes = hashes_per_server(servers.size(), names);
    std::vector<std::pair<std::uint32_t, std::int16_t>> ring;
    ring.reserve(servers.size() * hashes * 4);
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const std::string name = name_of(servers[i], names) + "-";
        for (unsigned hash = 0; hash < hashes; ++hash) {
            const Digest digest = md5(name + std::to_string(hash));
            for (std::size_t n = 0; n < 4; ++n) ring.emplace_back(point(digest, n), static_cast<std::int16_t>(i));
        }
    }
    std::sort(ring.begin(), ring.end());
    for (const auto &[at, server] : ring) {
        points_.push_back(at);
        servers_.push_back(server);
    }
}

int Ketama::server_of(std::string_view key) const {
    if (points_.empty()) return kNoServer;
    const auto at = std::lower_bound(points_.begin(), points_.end(), point(md5(key), 0));
    return servers_[at == points_.end() ? 0 : static_cast<std::size_t>(at - points_.begin())];
}

}  // namespace tenon::topology
