// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

#include <vector>

#include "counting.hpp"
#include "host_rig.hpp"
#include "revision0.hpp"

namespace tenon::conformance {
namespace {

tenon_io_ops *create(const Plugin &plugin, void *cookie) {
    tenon_io_options options{};
    if (!plugin.name.empty()) {
        options.find = TENON_IO_NAME;
        options.name = plugin.name.c_str();
    } else {
        options.find = TENON_IO_FILE;
        options.file = plugin.file.c_str();
        options.symbol = plugin.symbol.c_str();
    }
    options.cookie = cookie;
    tenon_io_ops *io = nullptr;
    if (tenon_create_io_ops(&io, &options) != TENON_IO_OK) throw NoSubject{tenon_io_error_message()};
    return io;
}

/// A table of revision 0 and the engine's adapter in front of it.
struct Adapted {
    tenon_io_ops *adapter;
    tenon_io_ops *table;
};
// Inside a function it would be made, and destroyed, only in threads that came by there.
thread_local std::vector<Adapted> adapted_tables;

tenon_io_ops *create_adapted(const Plugin &plugin, void *cookie) {
    tenon_io_ops *table = create(plugin, cookie);
    if (table->revision != 0)
        throw NoSubject{text("the table has revision ", table->revision, ": --adapt is for plugins of revision 0")};
    adapted_tables.push_back({ops::adapt_revision0(table), table});
    return adapted_tables.back().adapter;
}

void destroy_adapted(tenon_io_ops *adapter) {
    for (auto pair = adapted_tables.begin(); pair != adapted_tables.end(); ++pair) {
        if (pair->adapter != adapter) continue;
        tenon_io_ops *table = pair->table;
        adapted_tables.erase(pair);
        ops::release_revision0(adapter);
        return tenon_destroy_io_ops(table);
    }
}

tenon_io_ops *create_plain(const Plugin &plugin, void *cookie) {
    tenon_io_ops *io = create(plugin, cookie);
    if (io->revision < TENON_IO_REVISION)
        throw NoSubject{text("the table has revision ", io->revision, ", so it promises none of these rules; set ",
                             "`revision` to TENON_IO_REVISION, or look at a plugin of libcouchbase 2's time with --adapt")};
    return io;
}

bool is_file(const std::string &rig) { return rig.find('/') != std::string::npos || rig.ends_with(".so"); }

std::string rig_file(const Plugin &plugin) {
    if (!plugin.rig.empty()) return is_file(plugin.rig) ? plugin.rig : known_rig(plugin.rig);
    return plugin.name.empty() ? plugin.file : known_rig(plugin.name);
}

}  // namespace

std::string Plugin::description() const {
    return text(name.empty() ? file + " " + symbol : name,
                hosted ? ", on a loop of the host's" : ", on a loop of its own",
                adapt ? ", through the adapter for revision 0" : "");
}

Subject subject_of(const Plugin &plugin) {
    Subject subject;
    subject.adapted = plugin.adapt;
    subject.hosted = plugin.hosted;
    subject.count_calls = call_counter();
    subject.prepare = [&plugin](Subject &mine) {
        if (plugin.hosted) mine.host = load_rig(rig_file(plugin));
    };
    subject.create = [&plugin](void *cookie) {
        return plugin.adapt ? create_adapted(plugin, cookie) : create_plain(plugin, cookie);
    };
    subject.destroy = plugin.adapt ? destroy_adapted : tenon_destroy_io_ops;
    return subject;
}

}  // namespace tenon::conformance
