// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/chase.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/json.hpp"

namespace tenon::bootstrap {
namespace {

Lead nowhere(std::string why) { return {{}, {make_error_code(errc::http), std::move(why)}}; }

Lead no_bucket(std::string_view bucket) {
    return {{}, {make_error_code(errc::bucket_not_found), "there is no bucket \"" + std::string(bucket) + "\""}};
}

Lead lead_or(std::string uri, const char *why) {
    if (uri.empty()) return nowhere(why);
    return {std::move(uri), {}};
}

/// What leads on in a document: /pools, a pool, a list of buckets or a bucket. It stands in the third container or
/// above; a list of buckets has whole maps below that, of which nothing is kept.
class Outline {
public:
    /// Of a list of buckets or pools. Empty: no text is there.
    struct Entry {
        std::string name, uri, streaming_uri;
    };

    void null() { value(); }
    void boolean(bool) { value(); }
    void natural(std::uint64_t) { value(); }
    void negative(std::int64_t) { value(); }
    void fraction() { value(); }
    void string(std::string_view text) {
        if (std::string *const wanted = value()) *wanted = text;
    }
    void key(std::string_view text) {
        key_ = text == "name"           ? Key::name
               : text == "uri"          ? Key::uri
               : text == "streamingUri" ? Key::streaming_uri
               : text == "pools"        ? Key::pools
               : text == "buckets"      ? Key::buckets
                                        : Key::other;
    }
    void start_object() { open(true); }
    void start_array() { open(false); }
    void end_object() { --depth_; }
    void end_array() { --depth_; }

    Lead lead(std::string_view bucket) const {
        if (root_ == In::list) return from_buckets(bucket);
        if (root_ != In::document) return nowhere("it is no JSON object or array");
        if (has_pools_) return from_pools();
        if (has_buckets_) return lead_or(buckets_uri_, "the pool names no uri of its buckets");
        if (has_streaming_uri_)
            return has_name_ && bucket_.name != bucket ? no_bucket(bucket) : from_bucket(bucket_);
        return nowhere("there are neither pools nor buckets nor a streamingUri in it");
    }

private:
    enum class Key : std::uint8_t { other, name, uri, streaming_uri, pools, buckets };
    /// What a container is.
    enum class In : std::uint8_t { other, document, list, pools, entry, buckets };

    static Lead from_bucket(const Entry &bucket) {
        return lead_or(bucket.streaming_uri, "the bucket has no streamingUri");
    }
    Lead from_buckets(std::string_view bucket) const {
        for (const Entry &entry : entries_)
            if (entry.name == bucket) return from_bucket(entry);
        return no_bucket(bucket);
    }
    Lead from_pools() const {
        if (entries_.empty()) return nowhere("the cluster is not set up: it has no pool");
        const Entry *chosen = &entries_.front();
        for (const Entry &pool : entries_)
            if (pool.name == "default") chosen = &pool;
        return lead_or(chosen->uri, "the pool has no uri");
    }

    In around() const { return depth_ == 0 || depth_ > in_.size() ? In::other : in_[depth_ - 1]; }

    /// A value begins. Where its text belongs, if it is wanted; of several under one key the last counts.
    std::string *value() {
        switch (around()) {
        case In::list:
        case In::pools: entries_.emplace_back(); return nullptr;
        case In::entry: return field_of(entries_.back());
        case In::buckets: return key_ == Key::uri ? wanted(buckets_uri_) : nullptr;
        case In::document:
            has_pools_ = has_pools_ && key_ != Key::pools;
            has_buckets_ = has_buckets_ && key_ != Key::buckets;
            has_name_ = has_name_ || key_ == Key::name;
            has_streaming_uri_ = has_streaming_uri_ || key_ == Key::streaming_uri;
            return field_of(bucket_);
        case In::other: break;
        }
        return nullptr;
    }
    std::string *field_of(Entry &entry) const {
        switch (key_) {
        case Key::name: return wanted(entry.name);
        case Key::uri: return wanted(entry.uri);
        case Key::streaming_uri: return wanted(entry.streaming_uri);
        default: return nullptr;
        }
    }
    static std::string *wanted(std::string &text) {
        text.clear();
        return &text;
    }

    void open(bool object) {
        const In outer = around();
        value();
        In in = In::other;
        if (depth_ == 0) {
            root_ = in = object ? In::document : In::list;
        } else if (outer == In::list || outer == In::pools) {
            if (object) in = In::entry;
        } else if (outer == In::document && key_ == Key::pools && !object) {
            in = In::pools;
            has_pools_ = true;
            entries_.clear();
        } else if (outer == In::document && key_ == Key::buckets && object) {
            in = In::buckets;
            has_buckets_ = true;
            buckets_uri_.clear();
        }
        if (depth_ < in_.size()) in_[depth_] = in;
        ++depth_;
    }

    std::array<In, 3> in_{};  // the containers that are open, as far as they matter
    std::size_t depth_ = 0;
    Key key_ = Key::other;
    In root_ = In::other;
    bool has_pools_ = false, has_buckets_ = false, has_name_ = false, has_streaming_uri_ = false;
    std::vector<Entry> entries_;  // of the list, or of "pools"
    Entry bucket_;                // the document, should it be one
    std::string buckets_uri_;
};

}  // namespace

Lead next_lead(std::string_view text_of_document, std::string_view bucket) {
    Outline outline;
    if (!json::read(text_of_document, outline).empty()) return nowhere("it is no JSON object or array");
    return outline.lead(bucket);
}

}  // namespace tenon::bootstrap
