// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/chase.hpp"

#include <nlohmann/json.hpp>

namespace tenon::bootstrap {
namespace {

using nlohmann::json;

constexpr int kDeepestLead = 3;

Lead nowhere(std::string why) { return {{}, {make_error_code(errc::http), std::move(why)}}; }

Lead no_bucket(std::string_view bucket) {
    return {{}, {make_error_code(errc::bucket_not_found), "there is no bucket \"" + std::string(bucket) + "\""}};
}

/// The text under a key; empty if the value is none or the key is missing.
std::string text(const json &object, const char *key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Lead lead_or(std::string uri, const char *why) {
    if (uri.empty()) return nowhere(why);
    return {std::move(uri), {}};
}

Lead from_bucket(const json &document) {
    return lead_or(text(document, "streamingUri"), "the bucket has no streamingUri");
}

Lead from_buckets(const json &list, std::string_view bucket) {
    for (const json &entry : list)
        if (text(entry, "name") == bucket) return from_bucket(entry);
    return no_bucket(bucket);
}

Lead from_pools(const json &pools) {
    if (pools.empty()) return nowhere("the cluster is not set up: it has no pool");
    const json *chosen = &pools.front();
    for (const json &pool : pools)
        if (text(pool, "name") == "default") chosen = &pool;
    return lead_or(text(*chosen, "uri"), "the pool has no uri");
}

}  // namespace

Lead next_lead(std::string_view text_of_document, std::string_view bucket) {
    // What leads on stands in the third container or above. A list of buckets has whole maps below that.
    const auto shallow = [](int depth, json::parse_event_t, const json &) { return depth <= kDeepestLead; };
    const json document = json::parse(text_of_document, shallow, false);
    if (document.is_array()) return from_buckets(document, bucket);
    if (!document.is_object()) return nowhere("it is no JSON object or array");
    if (const auto pools = document.find("pools"); pools != document.end() && pools->is_array())
        return from_pools(*pools);
    if (const auto buckets = document.find("buckets"); buckets != document.end() && buckets->is_object())
        return lead_or(text(*buckets, "uri"), "the pool names no uri of its buckets");
    if (document.contains("streamingUri")) {
        if (document.contains("name") && text(document, "name") != bucket) return no_bucket(bucket);
        return from_bucket(document);
    }
    return nowhere("there are neither pools nor buckets nor a streamingUri in it");
}

}  // namespace tenon::bootstrap
