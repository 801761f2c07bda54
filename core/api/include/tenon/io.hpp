// SPDX-License-Identifier: Apache-2.0
/// @file
/// `tenon::io`: an event loop, found by name, made by a function, or the host's own.
#pragma once

#include <string>
#include <system_error>
#include <utility>

#include <tenon/errc.hpp>
#include <tenon/io.h>

namespace tenon {

/// Owns an IO table (or borrows one, see `borrow`). Every Client on it must be gone before it is. One thread.
/// The functions that load throw std::system_error (errc::io_plugin) whose text says what was looked for and where.
class io {
public:
    /// The default: $TENON_IO_PLUGIN if set, else epoll, with a loop of its own.
    static io load() { return create({}); }

    /// A plugin by name ("libuv"), on the host's own `loop` (uv_loop_t *, struct ev_loop *, struct event_base * …), or
    /// on one that it makes and owns.
    static io load(const std::string &name, void *loop = nullptr) {
        tenon_io_options options{};
        options.find = TENON_IO_NAME;
        options.name = name.c_str();
        options.cookie = loop;
        return create(options);
    }

    /// A plugin by file and symbol; an empty file is the program itself (link it with -rdynamic).
    static io load_file(const std::string &file, const std::string &symbol, void *loop = nullptr) {
        tenon_io_options options{};
        options.find = TENON_IO_FILE;
        options.file = file.empty() ? nullptr : file.c_str();
        options.symbol = symbol.c_str();
        options.cookie = loop;
        return create(options);
    }

    /// A plugin compiled into the program.
    static io make(tenon_io_creator creator, void *loop = nullptr) {
        tenon_io_options options{};
        options.find = TENON_IO_FUNCTION;
        options.function = creator;
        options.cookie = loop;
        return create(options);
    }

    /// A table that somebody else made and destroys.
    static io borrow(tenon_io_ops *table) { return io(table, false); }

    /// Leaves `other` without a table.
    io(io &&other) noexcept : table_(std::exchange(other.table_, nullptr)), owned_(other.owned_) {}
    /// Swaps the two.
    io &operator=(io &&other) noexcept {
        std::swap(table_, other.table_);
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~io() {
        if (owned_) tenon_destroy_io_ops(table_);
    }

    /// The table; it stays this object's.
    tenon_io_ops *get() const { return table_; }
    /// The table's calls: `io->now(io.get())`.
    tenon_io_ops *operator->() const { return table_; }

    /// Runs the loop until stop(), or until nothing is watched and no timer is armed.
    void run() const { table_->run_event_loop(table_); }
    /// Makes run() return; to be called from a callback.
    void stop() const { table_->stop_event_loop(table_); }

private:
    io(tenon_io_ops *table, bool owned) : table_(table), owned_(owned) {}

    static io create(const tenon_io_options &options) {
        tenon_io_ops *table = nullptr;
        if (tenon_create_io_ops(&table, &options) != TENON_IO_OK)
            throw std::system_error(make_error_code(errc::io_plugin), tenon_io_error_message());
        return io(table, true);
    }

    tenon_io_ops *table_;
    bool owned_;
};

}  // namespace tenon
