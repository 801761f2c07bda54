// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <tenon/io.h>

namespace {

/// A variable of the environment for as long as this lives; null takes it out.
class Environment {
public:
    Environment(const char *name, const char *value) : name_(name) {
        if (const char *before = std::getenv(name)) before_ = before;
        set(value);
    }
    Environment(const Environment &) = delete;
    Environment &operator=(const Environment &) = delete;
    ~Environment() { set(before_ ? before_->c_str() : nullptr); }

private:
    void set(const char *value) {
        if (value != nullptr)
            ::setenv(name_, value, 1);
        else
            ::unsetenv(name_);
    }

    const char *name_;
    std::optional<std::string> before_;
};

struct Outcome {
    int code;
    std::string message;
};

Outcome request(const tenon_io_options *options) {
    tenon_io_ops *io = nullptr;
    const int code = tenon_create_io_ops(&io, options);
    if (code == TENON_IO_OK) {
        REQUIRE(io != nullptr);
        CHECK(io->version == 0);
        CHECK(io->need_cleanup == 0);
        tenon_destroy_io_ops(io);
        return {code, ""};
    }
    CHECK(io == nullptr);
    return {code, tenon_io_error_message()};
}

Outcome by_name(const char *name, const char *symbol = nullptr) {
    tenon_io_options options{};
    options.find = TENON_IO_NAME;
    options.name = name;
    options.symbol = symbol;
    return request(&options);
}

Outcome by_file(const char *file, const char *symbol) {
    tenon_io_options options{};
    options.find = TENON_IO_FILE;
    options.file = file;
    options.symbol = symbol;
    return request(&options);
}

Outcome by_function(tenon_io_creator function) {
    tenon_io_options options{};
    options.find = TENON_IO_FUNCTION;
    options.function = function;
    return request(&options);
}

bool has(const Outcome &outcome, const std::string &part) { return outcome.message.find(part) != std::string::npos; }

std::string test_plugins() { return std::getenv("TEST_PLUGINS"); }
std::string odd_file() { return test_plugins() + "/libtenon-io-odd.so"; }

tenon_io_creator the_creator() {
    return reinterpret_cast<tenon_io_creator>(::dlsym(RTLD_DEFAULT, "tenon_create_epoll_io_ops"));
}

}  // namespace

/// What a program's own image offers: the symbol the tests ask for, passing on its cookie.
static void *seen_cookie;
extern "C" __attribute__((visibility("default"))) int unit_io_creator(int version, tenon_io_ops **io, void *cookie) {
    seen_cookie = cookie;
    return version == 0 ? the_creator()(version, io, nullptr) : TENON_IO_EVERSION;
}

TEST_CASE("nothing asked for: epoll, or what the environment names") {
    const Environment none("TENON_IO_PLUGIN", nullptr);
    CHECK(request(nullptr).code == TENON_IO_OK);
    SUBCASE("an empty variable is none") {
        const Environment empty("TENON_IO_PLUGIN", "");
        CHECK(request(nullptr).code == TENON_IO_OK);
    }
    SUBCASE("a name") {
        const Environment wanted("TENON_IO_PLUGIN", "poll");
        CHECK(request(nullptr).code == TENON_IO_OK);
    }
    SUBCASE("a file and a symbol") {
        const Environment wanted("TENON_IO_PLUGIN", (odd_file() + ":odd_fails_with_77").c_str());
        const Outcome outcome = request(nullptr);
        CHECK(outcome.code == TENON_IO_ECREATOR);
        CHECK(has(outcome, "77"));
    }
    SUBCASE("what the environment says is told when it fails") {
        const Environment wanted("TENON_IO_PLUGIN", "no-such-plugin");
        const Outcome outcome = request(nullptr);
        CHECK(outcome.code == TENON_IO_ENOFILE);
        CHECK(has(outcome, "$TENON_IO_PLUGIN"));
        CHECK(has(outcome, "no-such-plugin"));
    }
    SUBCASE("a file without a symbol") {
        const Environment wanted("TENON_IO_PLUGIN", "/tmp/file:");
        CHECK(request(nullptr).code == TENON_IO_EINVAL);
    }
}

TEST_CASE("a name: built in, or a file on the plugin path") {
    CHECK(by_name("epoll").code == TENON_IO_OK);
    CHECK(by_name("poll").code == TENON_IO_OK);
    CHECK(by_name("poll", "lcb_create_poll_io_opts").code == TENON_IO_OK);
}

TEST_CASE("a name that cannot be one") {
    CHECK(by_name(nullptr).code == TENON_IO_EINVAL);
    CHECK(by_name("").code == TENON_IO_EINVAL);
    const Outcome slash = by_name("../epoll");
    CHECK(slash.code == TENON_IO_EINVAL);
    CHECK(has(slash, "slash"));
    CHECK(has(slash, "../epoll"));
}

TEST_CASE("a name found nowhere: every place is told") {
    const Environment path("TENON_PLUGIN_PATH", "/nonexistent-one:/nonexistent-two");
    const Outcome outcome = by_name("nowhere");
    CHECK(outcome.code == TENON_IO_ENOFILE);
    CHECK(has(outcome, "'nowhere'"));
    CHECK(has(outcome, "/nonexistent-one/libtenon-io-nowhere.so"));
    CHECK(has(outcome, "/nonexistent-two/libtenon-io-nowhere.so"));
    CHECK(has(outcome, "system's path"));
}

// Run by the next one in a program of its own.
TEST_CASE("poll is found nowhere" * doctest::skip()) {
    const Environment path("TENON_PLUGIN_PATH", nullptr);
    CHECK(by_name("poll").code == TENON_IO_ENOFILE);
}

TEST_CASE("what a program is called decides nothing: its caller may have made that up") {
    const char *const plugins = std::getenv("TENON_PLUGIN_PATH");
    REQUIRE(plugins != nullptr);
    const std::string name = std::string(plugins) + "/anything";
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl("/proc/self/exe", name.c_str(), "--no-skip", "--test-case=poll is found nowhere", nullptr);
        ::_exit(127);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("a name whose file lacks the creator") {
    const Environment path("TENON_PLUGIN_PATH", ("/nonexistent:" + test_plugins()).c_str());
    const Outcome outcome = by_name("nocreator");
    CHECK(outcome.code == TENON_IO_ENOSYM);
    CHECK(has(outcome, "tenon_create_nocreator_io_ops"));
    CHECK(has(outcome, "libtenon-io-nocreator.so"));
    CHECK_FALSE(has(outcome, "-rdynamic"));
}

TEST_CASE("a file") {
    CHECK(by_file(odd_file().c_str(), nullptr).code == TENON_IO_EINVAL);
    CHECK(by_file(odd_file().c_str(), "").code == TENON_IO_EINVAL);
    CHECK(by_file("", "symbol").code == TENON_IO_EINVAL);

    const Outcome missing = by_file("/nonexistent/file.so", "symbol");
    CHECK(missing.code == TENON_IO_ENOFILE);
    CHECK(has(missing, "/nonexistent/file.so"));
    CHECK(has(missing, "'symbol'"));

    const Outcome elsewhere = by_file("libnonexistent-anywhere.so", "symbol");
    CHECK(elsewhere.code == TENON_IO_ENOFILE);

    const char *text = std::getenv("TEST_TEXT_FILE");
    const Outcome not_shared = by_file(text, "symbol");
    CHECK(not_shared.code == TENON_IO_ENOTSO);
    CHECK(has(not_shared, text));

    const Outcome no_symbol = by_file(odd_file().c_str(), "no_such_creator");
    CHECK(no_symbol.code == TENON_IO_ENOSYM);
    CHECK(has(no_symbol, "no_such_creator"));
    CHECK(has(no_symbol, odd_file()));
}

TEST_CASE("the program's own image") {
    CHECK(by_file(nullptr, "unit_io_creator").code == TENON_IO_OK);
    const Outcome outcome = by_file(nullptr, "no_such_creator");
    CHECK(outcome.code == TENON_IO_ENOSYM);
    CHECK(has(outcome, "no_such_creator"));
    CHECK(has(outcome, "-rdynamic"));
}

TEST_CASE("a function, and its cookie") {
    CHECK(by_function(nullptr).code == TENON_IO_EINVAL);
    int host = 0;
    tenon_io_options options{};
    options.find = TENON_IO_FUNCTION;
    options.function = unit_io_creator;
    options.cookie = &host;
    CHECK(request(&options).code == TENON_IO_OK);
    CHECK(seen_cookie == &host);
}

TEST_CASE("creators that fail") {
    SUBCASE("a version refused") {
        const Environment path("TENON_PLUGIN_PATH", test_plugins().c_str());
        const Outcome outcome = by_name("odd");
        CHECK(outcome.code == TENON_IO_EVERSION);
        CHECK(has(outcome, "version 0"));
    }
    SUBCASE("a code of its own") {
        const Outcome outcome = by_file(odd_file().c_str(), "odd_fails_with_77");
        CHECK(outcome.code == TENON_IO_ECREATOR);
        CHECK(has(outcome, "77"));
        CHECK(has(outcome, "odd_fails_with_77"));
    }
    SUBCASE("what the system refused") {
        const Outcome outcome = by_file(odd_file().c_str(), "odd_fails_with_eperm");
        CHECK(outcome.code == TENON_IO_ECREATOR);
        CHECK(has(outcome, "odd_fails_with_eperm"));
        CHECK(has(outcome, std::generic_category().message(EPERM)));
    }
    SUBCASE("no table") {
        CHECK(by_file(odd_file().c_str(), "odd_gives_nothing").code == TENON_IO_EINCOMPLETE);
    }
    SUBCASE("tables that are given back") {
        // The object stays loaded, so this finds the very counter its destructor moves.
        void *object = ::dlopen(odd_file().c_str(), RTLD_NOW | RTLD_LOCAL);
        REQUIRE(object != nullptr);
        auto *destroyed = static_cast<int *>(::dlsym(object, "tenon_test_destroyed"));
        REQUIRE(destroyed != nullptr);
        const int before = *destroyed;
        const Outcome empty = by_file(odd_file().c_str(), "odd_gives_empty");
        CHECK(empty.code == TENON_IO_EINCOMPLETE);
        CHECK(has(empty, "recvv"));
        CHECK(has(empty, "update_event"));
        CHECK_FALSE(has(empty, "run_event_loop"));  // both null: the host drives the loop
        CHECK(*destroyed == before + 1);
        const Outcome newer = by_file(odd_file().c_str(), "odd_gives_version_3");
        CHECK(newer.code == TENON_IO_EVERSION);
        CHECK(has(newer, "version 3"));
        CHECK(*destroyed == before + 2);
        ::dlclose(object);
    }
}

TEST_CASE("a required call missing is named, run and stop only as a pair") {
    static tenon_io_ops *made = nullptr;
    static bool without_send = false;
    const auto creator = +[](int version, tenon_io_ops **io, void *cookie) {
        const int code = the_creator()(version, io, cookie);
        made = *io;
        made->run_event_loop = nullptr;
        if (without_send) {
            made->send = nullptr;
            made->stop_event_loop = nullptr;
        }
        return code;
    };
    without_send = false;
    const Outcome one_alone = by_function(creator);
    CHECK(one_alone.code == TENON_IO_EINCOMPLETE);
    CHECK(has(one_alone, "run_event_loop"));
    without_send = true;
    const Outcome send = by_function(creator);
    CHECK(send.code == TENON_IO_EINCOMPLETE);
    CHECK(has(send, "send"));
    CHECK_FALSE(has(send, "event_loop"));
}

TEST_CASE("requests that are none") {
    CHECK(tenon_create_io_ops(nullptr, nullptr) == TENON_IO_EINVAL);
    tenon_io_options options{};
    const int unknown = 99;
    std::memcpy(&options.find, &unknown, sizeof unknown);
    const Outcome outcome = request(&options);
    CHECK(outcome.code == TENON_IO_EINVAL);
    CHECK(has(outcome, "99"));
    tenon_destroy_io_ops(nullptr);
}

TEST_CASE("each thread has its own last message") {
    CHECK(by_name("").code == TENON_IO_EINVAL);
    const std::string mine = tenon_io_error_message();
    std::string theirs = "unset";
    std::thread([&] { theirs = tenon_io_error_message(); }).join();
    CHECK(theirs.empty());
    CHECK(mine == tenon_io_error_message());
}

TEST_CASE("without run and stop a table is whole") {
    const auto creator = +[](int version, tenon_io_ops **io, void *cookie) {
        const int code = the_creator()(version, io, cookie);
        (*io)->run_event_loop = nullptr;
        (*io)->stop_event_loop = nullptr;
        return code;
    };
    CHECK(by_function(creator).code == TENON_IO_OK);
}
