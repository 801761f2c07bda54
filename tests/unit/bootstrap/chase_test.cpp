// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/chase.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include "../../support/allocation_count.hpp"

using tenon::bootstrap::next_lead;
using tenon::errc;

TEST_CASE("each document leads on") {
    CHECK(next_lead(R"({"isAdminCreds":false,"pools":[{"name":"other","uri":"/pools/other"},
                        {"name":"default","uri":"/pools/default?uuid=1","streamingUri":"/poolsStreaming/default"}]})", "b").uri ==
          "/pools/default?uuid=1");
    CHECK(next_lead(R"({"pools":[{"name":"only","uri":"/pools/only"}]})", "b").uri == "/pools/only");
    CHECK(next_lead(R"({"name":"default","nodes":[],"buckets":{"uri":"/pools/default/buckets?v=7"}})", "b").uri ==
          "/pools/default/buckets?v=7");
    CHECK(next_lead(R"([{"name":"a","streamingUri":"/s/a"},{"name":"b","streamingUri":"http://h:1/s/b"}])", "b").uri ==
          "http://h:1/s/b");
    CHECK(next_lead(R"({"name":"b","streamingUri":"/s/b","nodes":[]})", "b").uri == "/s/b");
    CHECK(next_lead(R"({"streamingUri":"/s/b"})", "b").uri == "/s/b");
}

TEST_CASE("a bucket that is not there") {
    for (const char *json : {"[]", R"([{"name":"a","streamingUri":"/s/a"}])", R"({"name":"a","streamingUri":"/s/a"})"}) {
        const auto lead = next_lead(json, "b");
        CHECK(lead.error.code == errc::bucket_not_found);
        CHECK(lead.error.message.find("\"b\"") != std::string::npos);
        CHECK(lead.uri.empty());
    }
}

TEST_CASE("documents that lead nowhere") {
    for (const char *json : {"", "{", "7", "null", "{}", R"({"pools":[]})", R"({"pools":[{}]})", R"({"pools":[7]})",
                             R"({"buckets":{}})", R"({"buckets":{"uri":7}})", R"([{"name":"b"}])", R"({"name":"b","streamingUri":7})",
                             R"({"pools":"x"})", "<html>"}) {
        CAPTURE(json);
        const auto lead = next_lead(json, "b");
        CHECK(lead.error.code == errc::http);
        CHECK_FALSE(lead.error.message.empty());
    }
}

TEST_CASE("what a document holds beside the lead costs no memory") {
    std::string rows;
    for (int i = 0; i < 1'000; ++i) rows += std::string(100, '[') + "\"x\"" + std::string(100, ']') + ",";
    const std::string document =
        R"([{"name":"b","vBucketServerMap":{"vBucketMap":[)" + rows + R"(0]},"streamingUri":"/s/b"}])";
    const std::uint64_t before = tenon::test::allocation_count();
    CHECK(next_lead(document, "b").uri == "/s/b");
    CHECK(tenon::test::allocation_count() - before < 1'000);
}
