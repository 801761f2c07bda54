// SPDX-License-Identifier: Apache-2.0
// What a client logs, and who decides how much of it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "rig.hpp"

namespace {

using namespace tenon;
using namespace tenon::test;

struct Line {
    int level;
    std::string text;
};

/// What is logged from connecting to the end of one get.
std::vector<Line> lines_at(LogLevel level) {
    std::vector<Line> lines;
    Rig rig({}, [&](Options &options) {
        options.log_level = static_cast<int>(level);
        options.log = [&](int of, std::string_view text) { lines.push_back({of, std::string(text)}); };
    });
    CHECK(rig.get("k").error == errc::not_found);
    return lines;
}

bool has(const std::vector<Line> &lines, LogLevel level, std::string_view part) {
    for (const Line &line : lines)
        if (line.level == static_cast<int>(level) && line.text.find(part) != std::string::npos) return true;
    return false;
}

TEST_CASE("a program's own log gets the lines of its level and above") {
    const std::vector<Line> all = lines_at(LogLevel::trace);
    CHECK(has(all, LogLevel::debug, "asking 127.0.0.1:"));
    CHECK(has(all, LogLevel::info, "map of bucket default"));
    const std::vector<Line> some = lines_at(LogLevel::info);
    CHECK(has(some, LogLevel::info, "map of bucket default"));
    for (const Line &line : some) CHECK(line.level >= static_cast<int>(LogLevel::info));
    CHECK(lines_at(LogLevel::warn).empty());  // nothing went wrong
}

TEST_CASE("where the log goes may change while the client is connected") {
    std::vector<std::string> before, after;
    Rig rig({}, [&](Options &options) {
        options.log_level = static_cast<int>(LogLevel::debug);
        options.log = [&](int, std::string_view text) { before.emplace_back(text); };
    });
    REQUIRE_FALSE(rig.get("k").server.empty());
    const std::size_t told = before.size();
    CHECK(told != 0);
    const auto note = [&](int, std::string_view text) { after.emplace_back(text); };
    rig.client->set_log(note, static_cast<int>(LogLevel::debug));
    rig.cluster.node(0).stop();
    const auto fail = [&] {
        const auto get = [&](Callback done) {
            return rig.client->get("k", std::move(done), {.timeout = std::chrono::milliseconds(100)});
        };
        CHECK(rig.run(get).error);
    };
    fail();
    CHECK(before.size() == told);
    CHECK_FALSE(after.empty());
    const std::size_t noted = after.size();
    rig.client->set_log(note, static_cast<int>(LogLevel::off));
    fail();
    CHECK(after.size() == noted);
}

TEST_CASE("$TENON_LOG names the level; unset, or no level's name, it is warn") {
    const char *const before = std::getenv("TENON_LOG");
    const std::string kept = before != nullptr ? before : "";
    const auto least = [](const char *name) {
        name != nullptr ? setenv("TENON_LOG", name, 1) : unsetenv("TENON_LOG");
        const Log log = Log::from_environment();
        for (const LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error})
            if (log.wants(level)) return level;
        return LogLevel::off;
    };
    CHECK(least("trace") == LogLevel::trace);
    CHECK(least("debug") == LogLevel::debug);
    CHECK(least("info") == LogLevel::info);
    CHECK(least("warn") == LogLevel::warn);
    CHECK(least("error") == LogLevel::error);
    CHECK(least("off") == LogLevel::off);
    CHECK(least("chatty") == LogLevel::warn);
    CHECK(least("") == LogLevel::warn);
    CHECK(least(nullptr) == LogLevel::warn);
    if (before != nullptr) setenv("TENON_LOG", kept.c_str(), 1);
}

}  // namespace
