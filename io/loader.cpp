// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include <dlfcn.h>

#include <tenon/io.h>

#include "builtin.hpp"
#include "environment.hpp"
#include "search.hpp"

namespace {

using namespace tenon::ops;

thread_local std::string last_error;

/// A failure in words; its code goes to the caller.
struct Failure {
    int code;
    std::string message;
};

/// A creator, with what it is called in messages and where its code came from.
struct Found {
    tenon_io_creator create = nullptr;
    std::string title;
    void *dlhandle = nullptr;
};

Found find_symbol(const LoadedObject &object, const char *symbol, bool own_image) {
    ::dlerror();
    void *address = ::dlsym(object.handle, symbol);
    if (address == nullptr) {
        std::string message = "no symbol '" + std::string(symbol) + "' in " + object.file;
        if (own_image) message += " (a program shows its functions to the loader only if linked with -rdynamic)";
        throw Failure{TENON_IO_ENOSYM, std::move(message)};
    }
    return {reinterpret_cast<tenon_io_creator>(address), "'" + std::string(symbol) + "' of " + object.file,
            object.handle};
}

Found find_in_file(const char *file, const char *symbol) {
    if (symbol == nullptr || *symbol == '\0')
        throw Failure{TENON_IO_EINVAL, "a request by file needs a symbol; file: " +
                                           std::string(file != nullptr ? file : "the program's own image")};
    if (file != nullptr && *file == '\0')
        throw Failure{TENON_IO_EINVAL, "a request by file with an empty file name; symbol: " + std::string(symbol)};
    const LoadedObject object = load_file(file);
    if (object.handle == nullptr) {
        if (!object.exists)
            throw Failure{TENON_IO_ENOFILE, "no such file '" + object.file + "' (looked for '" + symbol +
                                                "' in it): " + object.story};
        throw Failure{TENON_IO_ENOTSO, "'" + object.file + "' is not a shared object that can be loaded here (looked for '" +
                                           symbol + "' in it): " + object.story};
    }
    return find_symbol(object, symbol, file == nullptr);
}

/// `symbol`: the creator to take instead of the plugin's own; then the shared object is meant, also of a built-in one.
Found find_by_name(const char *text, const char *symbol = nullptr) {
    if (text == nullptr || *text == '\0') throw Failure{TENON_IO_EINVAL, "a request by name without a name"};
    const std::string name = text;
    if (name.find('/') != std::string::npos)
        throw Failure{TENON_IO_EINVAL, "'" + name + "' is not a plugin's name: it has a slash; ask for a file and a symbol"};
    for (const BuiltinPlugin &plugin : builtin_plugins())
        if (symbol == nullptr && name == plugin.name) return {plugin.create, "built-in plugin '" + name + "'", nullptr};
    const LoadedObject object = search_plugin(name);
    if (object.handle == nullptr) {
        if (!object.exists)
            throw Failure{TENON_IO_ENOFILE,
                          "no plugin '" + name + "': it is not built in, and its file was not found: " + object.story};
        throw Failure{TENON_IO_ENOTSO, "plugin '" + name + "': '" + object.file +
                                           "' is not a shared object that can be loaded here: " + object.story};
    }
    const std::string own = "tenon_create_" + name + "_io_ops";
    return find_symbol(object, symbol != nullptr ? symbol : own.c_str(), false);
}

Found find_default() {
    const char *wanted = environment("TENON_IO_PLUGIN");
    if (wanted == nullptr) return find_by_name("epoll", nullptr);
    try {
        const std::string text = wanted;
        const std::size_t colon = text.rfind(':');
        if (colon == std::string::npos) return find_by_name(wanted, nullptr);
        return find_in_file(text.substr(0, colon).c_str(), text.substr(colon + 1).c_str());
    } catch (Failure &failure) {
        failure.message = "$TENON_IO_PLUGIN is '" + std::string(wanted) + "': " + failure.message;
        throw;
    }
}

Found find_creator(const tenon_io_options &options) {
    // A C program can put any number there; as an enum C++ may not even look at it.
    int kind = 0;
    static_assert(sizeof kind == sizeof options.find);
    std::memcpy(&kind, &options.find, sizeof kind);
    switch (kind) {
    case TENON_IO_DEFAULT: return find_default();
    case TENON_IO_NAME: return find_by_name(options.name, options.symbol);
    case TENON_IO_FILE: return find_in_file(options.file, options.symbol);
    case TENON_IO_FUNCTION:
        if (options.function == nullptr) throw Failure{TENON_IO_EINVAL, "a request by function without a function"};
        return {options.function, "the function given", nullptr};
    }
    throw Failure{TENON_IO_EINVAL, "unknown kind of request: " + std::to_string(kind)};
}

/// The required calls that are null, by name.
std::string missing_calls(const tenon_io_ops &table) {
    const std::pair<const char *, bool> calls[] = {
        {"destructor", table.destructor != nullptr},     {"socket", table.socket != nullptr},
        {"connect", table.connect != nullptr},           {"recv", table.recv != nullptr},
        {"send", table.send != nullptr},                 {"recvv", table.recvv != nullptr},
        {"sendv", table.sendv != nullptr},               {"close", table.close != nullptr},
        {"create_timer", table.create_timer != nullptr}, {"destroy_timer", table.destroy_timer != nullptr},
        {"delete_timer", table.delete_timer != nullptr}, {"update_timer", table.update_timer != nullptr},
        {"create_event", table.create_event != nullptr}, {"destroy_event", table.destroy_event != nullptr},
        {"delete_event", table.delete_event != nullptr}, {"update_event", table.update_event != nullptr},
        // A host that drives the loop leaves both of these null; one alone is a mistake.
        {"run_event_loop", table.run_event_loop != nullptr || table.stop_event_loop == nullptr},
        {"stop_event_loop", table.stop_event_loop != nullptr || table.run_event_loop == nullptr},
    };
    std::string missing;
    for (const auto &[name, there] : calls)
        if (!there) missing += (missing.empty() ? "" : ", ") + std::string(name);
    return missing;
}

tenon_io_ops *make_table(const Found &found, void *cookie) {
    tenon_io_ops *table = nullptr;
    const int code = found.create(0, &table, cookie);
    if (code == TENON_IO_EVERSION)
        throw Failure{code, found.title + " refuses version 0 of the table"};
    if (code == TENON_IO_ENOMEM) throw Failure{code, found.title + " is out of memory or of descriptors"};
    if (code < 0)
        throw Failure{TENON_IO_ECREATOR, found.title + " failed: " + std::generic_category().message(-code)};
    if (code != TENON_IO_OK)
        throw Failure{TENON_IO_ECREATOR, found.title + " failed with its own code " + std::to_string(code)};
    if (table == nullptr) throw Failure{TENON_IO_EINCOMPLETE, found.title + " succeeded without a table"};
    std::string reason;
    if (table->version != 0)
        reason = " made a table of version " + std::to_string(table->version) + " where 0 was asked for";
    else if (const std::string missing = missing_calls(*table); !missing.empty())
        reason = " made a table without required calls: " + missing;
    if (!reason.empty()) {
        const int failure = table->version != 0 ? TENON_IO_EVERSION : TENON_IO_EINCOMPLETE;
        if (table->destructor != nullptr) table->destructor(table);
        throw Failure{failure, found.title + reason};
    }
    table->dlhandle = found.dlhandle;
    table->need_cleanup = 0;
    return table;
}

int fail(int code, const char *message) noexcept {
    try {
        last_error = message;
    } catch (const std::bad_alloc &) {
        last_error.clear();
    }
    return code;
}

}  // namespace

int tenon_create_io_ops(tenon_io_ops **io, const tenon_io_options *options) {
    try {
        if (io == nullptr) throw Failure{TENON_IO_EINVAL, "a request with no place for the table"};
        const tenon_io_options request = options != nullptr ? *options : tenon_io_options{};
        *io = make_table(find_creator(request), request.cookie);
        return TENON_IO_OK;
    } catch (const Failure &failure) {
        return fail(failure.code, failure.message.c_str());
    } catch (const std::bad_alloc &) {
        return fail(TENON_IO_ENOMEM, "out of memory");
    } catch (const std::exception &error) {
        return fail(TENON_IO_ECREATOR, error.what());
    }
}

void tenon_destroy_io_ops(tenon_io_ops *io) {
    if (io != nullptr) io->destructor(io);
}

const char *tenon_io_error_message(void) { return last_error.c_str(); }
