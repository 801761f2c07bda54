// SPDX-License-Identifier: Apache-2.0
#include "topology/map_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.hpp"

namespace tenon::topology {
namespace {

/// What a value is, by the place it stands at.
enum class At : std::uint8_t {
    skipped,  // nothing of ours
    document, buckets,
    bucket, name, uuid, locator, password, rev, rev_epoch,
    nodes, node, node_hostname, node_views, ports, direct_port,
    nodes_ext, ext_node, ext_hostname, services, kv_port, mgmt_port, views_port,
    server_map, hash_algorithm, replicas, server_list, server,
    owners, owner_row, owner, forward, forward_row, forward_owner,
};

struct Place {
    At in;
    std::string_view key;
    At at;
};

/// The fields that are read; each name as it stands in the document.
constexpr Place kFields[] = {
    {At::document, "buckets", At::buckets},
    {At::bucket, "vBucketServerMap", At::server_map},
    {At::bucket, "nodes", At::nodes},
    {At::bucket, "nodesExt", At::nodes_ext},
    {At::bucket, "name", At::name},
    {At::bucket, "uuid", At::uuid},
    {At::bucket, "nodeLocator", At::locator},
    {At::bucket, "saslPassword", At::password},
    {At::bucket, "rev", At::rev},
    {At::bucket, "revEpoch", At::rev_epoch},
    {At::node, "hostname", At::node_hostname},
    {At::node, "couchApiBase", At::node_views},
    {At::node, "ports", At::ports},
    {At::ports, "direct", At::direct_port},
    {At::ext_node, "hostname", At::ext_hostname},
    {At::ext_node, "services", At::services},
    {At::services, "kv", At::kv_port},
    {At::services, "mgmt", At::mgmt_port},
    {At::services, "capi", At::views_port},
    {At::server_map, "hashAlgorithm", At::hash_algorithm},
    {At::server_map, "numReplicas", At::replicas},
    {At::server_map, "serverList", At::server_list},
    {At::server_map, "vBucketMap", At::owners},
    {At::server_map, "vBucketMapForward", At::forward},
};

constexpr At field(At in, std::string_view key) {
    for (const Place &p : kFields)
        if (p.in == in && p.key == key) return p.at;
    return At::skipped;
}

std::string_view name_of(At at) {
    switch (at) {
    case At::document: return "the document";
    case At::bucket: return "the bucket";
    case At::node: return "nodes[]";
    case At::ext_node: return "nodesExt[]";
    case At::server: return "serverList[]";
    case At::owner_row: return "vBucketMap[]";
    case At::owner: return "vBucketMap[][]";
    case At::forward_row: return "vBucketMapForward[]";
    case At::forward_owner: return "vBucketMapForward[][]";
    default: break;
    }
    for (const Place &p : kFields)
        if (p.at == at) return p.key;
    return "a field";
}

constexpr bool is_object(At at) {
    return at == At::document || at == At::bucket || at == At::node || at == At::ports || at == At::ext_node ||
           at == At::services || at == At::server_map;
}

/// What the elements of an array are; `skipped` if it is no array.
constexpr At element(At array) {
    switch (array) {
    case At::buckets: return At::bucket;
    case At::nodes: return At::node;
    case At::nodes_ext: return At::ext_node;
    case At::server_list: return At::server;
    case At::owners: return At::owner_row;
    case At::forward: return At::forward_row;
    case At::owner_row: return At::owner;
    case At::forward_row: return At::forward_owner;
    default: return At::skipped;
    }
}

/// Fit for a message, whatever names the document made up.
std::string printable(std::string text) {
    constexpr std::size_t kLongest = 300;
    if (text.size() > kLongest) text.replace(kLongest, text.npos, "…");
    for (char &c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
    return text;
}

/// The parser calls it for each token. What a bucket says wrong is noted in its draft, so that one broken bucket does
/// not hide another one; only what is no JSON ends the reading.
class Reader {
public:
    Reader(At root, std::string_view asked_host, std::string_view wanted)
        : at_(root), asked_host_(asked_host), wanted_(wanted), any_(root == At::bucket) {}

    Reading take() { return std::move(reading_); }

    void null() {
        // A field that is null is absent; an element cannot be.
        if (skipping_ == 0 && (depth_ == 0 || !is_object(stack_[depth_ - 1]))) unexpected("null");
    }
    void boolean(bool) { scalar("a boolean"); }
    void fraction() { scalar("a fraction"); }

    void natural(std::uint64_t v) {
        if (skipping_ != 0) return;
        if (at_ == At::owner) add_owner(draft_.owners, whole(v));
        else if (at_ == At::forward_owner) add_owner(draft_.forward, whole(v));
        else number(v);
    }
    void negative(std::int64_t v) {
        if (skipping_ != 0) return;
        if (at_ == At::owner) add_owner(draft_.owners, v);
        else if (at_ == At::forward_owner) add_owner(draft_.forward, v);
        else if (at_ != At::skipped) unexpected("a negative number");
    }

    void string(std::string_view v) {
        if (skipping_ != 0) return;
        switch (at_) {
        case At::skipped: break;
        case At::name: draft_.name = v; break;
        case At::uuid: draft_.uuid = v; break;
        case At::password: draft_.sasl_password = v; break;
        case At::locator:
            if (v == "ketama") draft_.locator = Locator::ketama;
            else if (v == "vbucket") draft_.locator = Locator::vbucket;
            else blame("nodeLocator " + quoted(v) + " is not known");
            break;
        case At::hash_algorithm:
            if (v != "CRC") blame("hashAlgorithm " + quoted(v) + " is not known");
            break;
        case At::server: add_server(v); break;
        case At::node_hostname: {
            auto parsed = parse_host_port(v, asked_host_, true);
            if (!parsed) {
                blame(numbered("nodes", draft_.nodes.size()) + ".hostname " + quoted(v) + " is no host:port");
                break;
            }
            node_.host = std::move(parsed->host);
            node_.http_port = parsed->port;
            break;
        }
        case At::node_views: node_.views_port = port_of_url(v); break;
        case At::ext_hostname: {
            auto host = parse_host(v, asked_host_);
            if (host) node_.host = std::move(*host);
            else blame(numbered("nodesExt", draft_.nodes_ext.size()) + ".hostname " + quoted(v) + " is no host");
            break;
        }
        default: unexpected("a string");
        }
    }

    void start_object() {
        if (!enter(is_object(at_), "an object")) return;
        switch (at_) {
        case At::node:
        case At::ext_node: node_ = {}; break;
        case At::server_map: draft_.has_server_map = true; break;
        default: break;
        }
        push();
    }
    void key(std::string_view v) {
        if (skipping_ == 0) at_ = field(stack_[depth_ - 1], v);
    }
    void end_object() {
        if (leave()) return;
        switch (pop()) {
        case At::bucket: end_bucket(); break;
        case At::node: end_node(draft_.nodes); break;
        case At::ext_node:
            if (node_.host.empty()) {
                auto host = parse_host("$HOST", asked_host_);
                if (host) node_.host = std::move(*host);
            }
            end_node(draft_.nodes_ext);
            break;
        default: break;
        }
    }

    void start_array() {
        if (!enter(element(at_) != At::skipped, "an array")) return;
        switch (at_) {
        case At::nodes: draft_.nodes.clear(); break;
        case At::nodes_ext: draft_.nodes_ext.clear(); break;
        case At::server_list: draft_.server_list.clear(); break;
        case At::owners: draft_.owners = {}; break;
        case At::forward: draft_.forward = {}; break;
        case At::owner_row:
        case At::forward_row: column_ = 0; break;
        default: break;
        }
        push();
        at_ = element(at_);
    }
    void end_array() {
        if (leave()) return;
        switch (pop()) {
        case At::owner_row: end_row(draft_.owners, At::owners); break;
        case At::forward_row: end_row(draft_.forward, At::forward); break;
        default: break;
        }
    }

private:
    static constexpr std::uint64_t kHuge = 1ULL << 40;

    static std::int64_t whole(std::uint64_t v) { return static_cast<std::int64_t>(std::min(v, kHuge)); }
    static std::string numbered(std::string_view list, std::size_t i) {
        return std::string(list) + "[" + std::to_string(i) + "]";
    }

    static std::string quoted(std::string_view v) { return '"' + std::string(v) + '"'; }

    void blame(std::string what) { draft_.blame(printable(std::move(what))); }
    void unexpected(std::string_view what) {
        std::string text = std::string(name_of(at_)) + " is " + std::string(what);
        // Outside of any bucket it is the document's fault.
        if (depth_ > (any_ ? 0 : 2)) blame(std::move(text));
        else reading_.draft.blame(std::move(text));
    }
    void scalar(std::string_view what) {
        if (skipping_ == 0 && at_ != At::skipped) unexpected(what);
    }

    /// Whether a container that begins is one of ours; else it is skipped whole.
    bool enter(bool fits, std::string_view what) {
        if (skipping_ == 0 && fits) return true;
        if (skipping_ == 0 && at_ != At::skipped) unexpected(what);
        ++skipping_;
        return false;
    }
    /// Whether the container that ends was skipped.
    bool leave() {
        if (skipping_ == 0) return false;
        --skipping_;
        return true;
    }
    void push() { stack_[depth_++] = at_; }
    /// Leaves the innermost container; the next value, if any, is a sibling of it.
    At pop() {
        const At left = stack_[--depth_];
        at_ = depth_ > 0 ? element(stack_[depth_ - 1]) : At::skipped;
        return left;
    }

    void number(std::uint64_t v) {
        switch (at_) {
        case At::skipped: break;
        case At::replicas: draft_.replicas = v; break;
        case At::rev: revision(draft_.rev, v); break;
        case At::rev_epoch: revision(draft_.rev_epoch, v); break;
        case At::direct_port:
        case At::kv_port: port(node_.data_port, v); break;
        case At::mgmt_port: port(node_.http_port, v); break;
        case At::views_port: port(node_.views_port, v); break;
        default: unexpected("a number");
        }
    }
    void revision(std::int64_t &out, std::uint64_t v) {
        if (v > INT64_MAX) blame(std::string(name_of(at_)) + " " + std::to_string(v) + " is too large");
        else out = static_cast<std::int64_t>(v);
    }
    void port(std::uint16_t &out, std::uint64_t v) {
        if (v > 65535) blame(std::string(name_of(at_)) + " " + std::to_string(v) + " is no port");
        else out = static_cast<std::uint16_t>(v);
    }

    /// Of "http://host:8092/bucket"; 0 if it tells none: then there are no views to be had.
    std::uint16_t port_of_url(std::string_view url) const {
        constexpr std::string_view kHttp = "http://";
        if (!url.starts_with(kHttp)) return 0;
        url.remove_prefix(kHttp.size());
        const auto parsed = parse_host_port(url.substr(0, url.find('/')), asked_host_, true);
        return parsed ? parsed->port : std::uint16_t{0};
    }

    void add_server(std::string_view v) {
        auto parsed = parse_host_port(v, asked_host_, false);
        const std::size_t i = draft_.server_list.size();
        if (!parsed) blame(numbered("serverList", i) + " " + quoted(v) + " is no host:port");
        else if (i >= kMaxServers) blame("serverList has more than " + std::to_string(kMaxServers) + " servers");
        else draft_.server_list.push_back({std::move(parsed->host), parsed->port, 0});
    }

    void add_owner(OwnerTable &table, std::int64_t server) {
        if (!draft_.fault.empty()) return;
        if (server < kNoServer || server >= static_cast<std::int64_t>(kMaxServers)) return blame_owner(table, server);
        if (server > table.highest) {
            table.highest = static_cast<int>(server);
            table.highest_row = table.rows;
            table.highest_column = column_;
        }
        ++column_;
        table.entries.push_back(static_cast<std::int16_t>(server));
    }
    void blame_owner(const OwnerTable &table, std::int64_t server) {
        blame(row_name(table) + "[" + std::to_string(column_) + "] names server " +
              (server >= static_cast<std::int64_t>(kHuge) ? "beyond any" : std::to_string(server)));
    }
    std::string row_name(const OwnerTable &table) const {
        return numbered(name_of(&table == &draft_.owners ? At::owners : At::forward), table.rows);
    }
    void end_row(OwnerTable &table, At list) {
        if (!draft_.fault.empty()) return;
        if (table.rows == 0) table.width = column_;
        if (column_ == 0) blame(row_name(table) + " is empty");
        else if (column_ != table.width)
            blame(row_name(table) + " has " + std::to_string(column_) + " entries, the rows before it " +
                  std::to_string(table.width));
        else if (++table.rows > kMaxVbuckets)
            blame(std::string(name_of(list)) + " has more than " + std::to_string(kMaxVbuckets) + " vBuckets");
    }

    void end_node(std::vector<Server> &list) {
        if (node_.host.empty()) return;  // nowhere to connect to
        if (list.size() < kMaxServers) list.push_back(std::move(node_));
        else blame("more than " + std::to_string(kMaxServers) + " nodes");
    }
    void end_bucket() {
        if (!reading_.found && (any_ || draft_.name == wanted_)) {
            reading_.found = true;
            reading_.draft = std::move(draft_);
        } else if (reading_.buckets.size() < 200) {
            reading_.buckets += (reading_.buckets.empty() ? "\"" : ", \"") + printable(draft_.name) + "\"";
        }
        draft_ = {};
    }

    Reading reading_;
    MapDraft draft_;
    Server node_;
    std::array<At, 8> stack_{};  // places nest no deeper: document, buckets, bucket, server map, owners, row
    std::size_t depth_ = 0;
    std::size_t skipping_ = 0;  // containers of ours and others' that are passed over
    std::uint32_t column_ = 0;
    At at_;
    std::string_view asked_host_, wanted_;
    bool any_;
};

Reading read(At root, std::string_view text, std::string_view wanted, std::string_view asked_host) {
    Reader reader(root, asked_host, wanted);
    std::string fault = printable(json::read(text, reader));
    Reading reading = reader.take();
    reading.fault = std::move(fault);
    return reading;
}

}  // namespace

Reading read_bucket(std::string_view json, std::string_view asked_host) { return read(At::bucket, json, {}, asked_host); }

Reading read_sasl_buckets(std::string_view json, std::string_view wanted, std::string_view asked_host) {
    return read(At::document, json, wanted, asked_host);
}

}  // namespace tenon::topology
