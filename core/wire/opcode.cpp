// SPDX-License-Identifier: Apache-2.0
#include "wire/opcode.hpp"

#include <array>

namespace tenon::wire {
namespace {

constexpr auto kNone = Part::none, kOptional = Part::optional, kRequired = Part::required;

constexpr Shape extras(std::uint8_t length, Part key, Part value) { return {length, kRequired, key, value}; }
constexpr Shape plain(Part key, Part value) { return {0, kNone, key, value}; }
constexpr Shape maybe_extras(std::uint8_t length, Part key, Part value) { return {length, kOptional, key, value}; }

constexpr Shape kEmpty = plain(kNone, kNone);
constexpr Shape kKey = plain(kRequired, kNone);
constexpr Shape kValue = plain(kNone, kRequired);
constexpr Shape kStore = extras(8, kRequired, kOptional);
constexpr Shape kCounter = extras(20, kRequired, kNone);
constexpr Shape kTouch = extras(4, kRequired, kNone);
constexpr Shape kFound = extras(4, kNone, kOptional);
constexpr Shape kFoundWithKey = extras(4, kRequired, kOptional);

struct Table {
    std::array<OpcodeInfo, 256> rows{};

    constexpr Table() {
        for (unsigned i = 0; i < rows.size(); ++i) rows[i].loud = rows[i].quiet = static_cast<Opcode>(i);
        fill_memcached();
        fill_couchbase();
    }

    constexpr OpcodeInfo &at(Opcode o) { return rows[static_cast<std::uint8_t>(o)]; }
    constexpr OpcodeInfo &command(Opcode o, const char *name, Shape request, Shape response) {
        OpcodeInfo &row = at(o);
        row.name = name;
        row.request = request;
        row.response = response;
        return row;
    }
    constexpr OpcodeInfo &memcached(Opcode o, const char *name, Shape request, Shape response) {
        OpcodeInfo &row = command(o, name, request, response);
        row.memcached = true;
        return row;
    }
    /// A command with a quiet form of the same shape.
    constexpr void pair(Opcode o, const char *name, Opcode q, const char *quiet_name, Shape request, Shape response,
                        bool repeatable = false) {
        memcached(o, name, request, response).repeatable = repeatable;
        memcached(q, quiet_name, request, response).repeatable = repeatable;
        at(o).quiet = q;
        at(q).loud = o;
    }
    constexpr void question(Opcode o, const char *name, Shape request, Shape response) {
        command(o, name, request, response).repeatable = true;
    }

    constexpr void fill_memcached() {
        using enum Opcode;
        pair(get, "get", getq, "getq", kKey, kFound, true);
        pair(getk, "getk", getkq, "getkq", kKey, kFoundWithKey, true);
        pair(set, "set", setq, "setq", kStore, kEmpty);
        pair(Opcode::add, "add", addq, "addq", kStore, kEmpty);
        pair(replace, "replace", replaceq, "replaceq", kStore, kEmpty);
        pair(remove, "delete", removeq, "deleteq", kKey, kEmpty);
        pair(increment, "increment", incrementq, "incrementq", kCounter, kValue);
        pair(decrement, "decrement", decrementq, "decrementq", kCounter, kValue);
        pair(append, "append", appendq, "appendq", plain(kRequired, kOptional), kEmpty);
        pair(prepend, "prepend", prependq, "prependq", plain(kRequired, kOptional), kEmpty);
        pair(quit, "quit", quitq, "quitq", kEmpty, kEmpty);
        pair(flush, "flush", flushq, "flushq", maybe_extras(4, kNone, kNone), kEmpty);
        pair(gat, "get-and-touch", gatq, "get-and-touchq", kTouch, kFound);
        pair(gatk, "get-and-touchk", gatkq, "get-and-touchkq", kTouch, kFoundWithKey);
        memcached(touch, "touch", kTouch, kEmpty);
        memcached(noop, "noop", kEmpty, kEmpty).repeatable = true;
        memcached(version, "version", kEmpty, kValue).repeatable = true;
        memcached(stat, "stat", plain(kOptional, kNone), plain(kOptional, kOptional)).repeatable = true;
        command(verbosity, "verbosity", extras(4, kNone, kNone), kEmpty).repeatable = true;
        memcached(sasl_list, "sasl-list", kEmpty, plain(kNone, kOptional)).repeatable = true;
        memcached(sasl_auth, "sasl-auth", plain(kRequired, kOptional), plain(kNone, kOptional));
        memcached(sasl_step, "sasl-step", plain(kRequired, kOptional), plain(kNone, kOptional));
    }

    constexpr void fill_couchbase() {
        using enum Opcode;
        question(hello, "hello", plain(kOptional, kOptional), plain(kNone, kOptional));
        question(select_bucket, "select-bucket", kKey, kEmpty);
        question(get_cluster_config, "get-cluster-config", maybe_extras(16, kNone, kNone), plain(kNone, kOptional));
        question(get_error_map, "get-error-map", kValue, kValue);
        question(get_collections_manifest, "get-collections-manifest", kEmpty, kValue);
        question(get_collection_id, "get-collection-id", plain(kOptional, kOptional), extras(12, kNone, kNone));
        question(get_scope_id, "get-scope-id", plain(kOptional, kOptional), extras(12, kNone, kNone));
        question(get_replica, "get-replica", kKey, kFound);
        // A TAP parameter changes something; as an observe it would be harmless. The opcode alone does not tell.
        command(observe, "observe", plain(kOptional, kOptional), plain(kNone, kOptional));
        command(get_and_lock, "get-and-lock", maybe_extras(4, kRequired, kNone), kFound);
        command(unlock, "unlock", kKey, kEmpty);
        command(evict_key, "evict-key", kKey, plain(kNone, kOptional));
        // The state stands in the extras or, from some servers' tools, in the value.
        command(set_vbucket, "set-vbucket", maybe_extras(4, kNone, kOptional), kEmpty);
        question(get_vbucket, "get-vbucket", kEmpty, kValue);
        command(del_vbucket, "delete-vbucket", plain(kNone, kOptional), kEmpty);
        command(stop_persistence, "stop-persistence", kEmpty, kEmpty);
        command(start_persistence, "start-persistence", kEmpty, kEmpty);
        command(set_param, "set-param", maybe_extras(4, kRequired, kOptional), plain(kNone, kOptional));
        command(start_replication, "start-replication", kEmpty, kEmpty);
        command(stop_replication, "stop-replication", plain(kNone, kOptional), plain(kNone, kOptional));
    }
};

constexpr Table kTable;

constexpr bool fits(Part part, std::size_t size) {
    return part == Part::optional || (part == Part::none) == (size == 0);
}

}  // namespace

bool Shape::allows(std::size_t extras_size, std::size_t key_size, std::size_t value_size) const {
    const bool extras_fit = extras_part == Part::optional ? extras_size == 0 || extras_size == extras
                                                          : extras_size == extras;
    return extras_fit && fits(key, key_size) && fits(value, value_size);
}

const OpcodeInfo &info(Opcode opcode) { return kTable.rows[static_cast<std::uint8_t>(opcode)]; }

const char *name(Opcode opcode) {
    const char *known = info(opcode).name;
    return known != nullptr ? known : "unknown command";
}

}  // namespace tenon::wire
