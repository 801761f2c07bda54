// SPDX-License-Identifier: Apache-2.0
// What the commands do to items, each byte of the answers that matters.
#include <doctest/doctest.h>

#include "cluster_thread.hpp"
#include "wire_client.hpp"

using namespace tenon;
using test::ClusterThread;
using test::number;
using test::Reply;
using test::WireClient;
using wire::Opcode;
using wire::Status;

namespace {

const devcluster::Options kOneVBucket = {.vbuckets = 1};

std::string store_extras(std::uint32_t flags = 0, std::uint32_t expiry = 0) {
    return number(flags, 4) + number(expiry, 4);
}
std::string counter_extras(std::uint64_t delta, std::uint64_t initial, std::uint32_t expiry) {
    return number(delta, 8) + number(initial, 8) + number(expiry, 4);
}

}  // namespace

TEST_CASE("get in its four forms") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    const Reply stored = c.set("key", "value");
    CHECK(stored.status == Status::ok);
    CHECK(stored.cas != 0);
    CHECK(stored.value.empty());

    const Reply got = c.get("key");
    CHECK(got.status == Status::ok);
    CHECK(got.value == "value");
    CHECK(got.key.empty());
    CHECK(got.extras == number(0xdeadbeef, 4));
    CHECK(got.cas == stored.cas);

    const Reply with_key = c.ask({.opcode = Opcode::getk, .key = "key"});
    CHECK(with_key.key == "key");
    CHECK(with_key.value == "value");
    CHECK(c.ask({.opcode = Opcode::getkq, .key = "key"}).key == "key");

    const Reply missing = c.get("none");
    CHECK(missing.status == Status::not_found);
    CHECK(missing.value == "Not found");
    CHECK(missing.extras.empty());
    const Reply missing_with_key = c.ask({.opcode = Opcode::getk, .key = "none"});
    CHECK(missing_with_key.status == Status::not_found);
    CHECK(missing_with_key.key == "none");

    c.send({.opcode = Opcode::getq, .key = "none"});
    c.send({.opcode = Opcode::getq, .key = "key"});
    c.send({.opcode = Opcode::getkq, .key = "none"});
    const std::vector<Reply> quiet = c.up_to_noop();
    REQUIRE(quiet.size() == 1);
    CHECK(quiet[0].value == "value");
}

TEST_CASE("set, add, replace and their CAS") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    CHECK(c.ask({.opcode = Opcode::replace, .key = "k", .value = "v", .extras = store_extras()}).status ==
          Status::not_found);
    CHECK(c.set("k", "v", 0, 42).status == Status::not_found);
    const Reply added = c.ask({.opcode = Opcode::add, .key = "k", .value = "v1", .extras = store_extras(7)});
    CHECK(added.status == Status::ok);
    const Reply again = c.ask({.opcode = Opcode::add, .key = "k", .value = "v2", .extras = store_extras()});
    CHECK(again.status == Status::exists);
    CHECK(again.value == "Data exists for key.");
    const Reply replaced = c.ask({.opcode = Opcode::replace, .key = "k", .value = "v2", .extras = store_extras(8)});
    CHECK(replaced.status == Status::ok);
    CHECK(replaced.cas != added.cas);
    CHECK(c.set("k", "v3", 0, added.cas).status == Status::exists);
    CHECK(c.get("k").value == "v2");
    CHECK(c.get("k").extras == number(8, 4));
    const Reply changed = c.set("k", "", 0, replaced.cas);
    CHECK(changed.status == Status::ok);
    CHECK(c.get("k").value.empty());
    CHECK(c.get("k").cas == changed.cas);
}

TEST_CASE("delete") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    CHECK(c.ask({.opcode = Opcode::remove, .key = "k"}).status == Status::not_found);
    const std::uint64_t cas = c.set("k", "v").cas;
    CHECK(c.ask({.opcode = Opcode::remove, .key = "k", .cas = cas + 1}).status == Status::exists);
    CHECK(c.ask({.opcode = Opcode::remove, .key = "k", .cas = cas}).status == Status::ok);
    CHECK(c.get("k").status == Status::not_found);
}

TEST_CASE("append and prepend, up to the limit") {
    devcluster::Options options = kOneVBucket;
    options.max_value_size = 10;
    ClusterThread cluster(options);
    WireClient c(cluster.data_port());
    CHECK(c.ask({.opcode = Opcode::append, .key = "k", .value = "x"}).status == Status::not_stored);
    CHECK(c.ask({.opcode = Opcode::prepend, .key = "k", .value = "x"}).status == Status::not_stored);
    const std::uint64_t first = c.set("k", "mid").cas;
    const Reply appended = c.ask({.opcode = Opcode::append, .key = "k", .value = "-end", .cas = first});
    CHECK(appended.status == Status::ok);
    CHECK(appended.cas != first);
    CHECK(c.ask({.opcode = Opcode::append, .key = "k", .value = "-end", .cas = first}).status == Status::exists);
    CHECK(c.ask({.opcode = Opcode::prepend, .key = "k", .value = "up-"}).status == Status::ok);
    const Reply got = c.get("k");
    CHECK(got.value == "up-mid-end");
    CHECK(got.extras == number(0xdeadbeef, 4));
    CHECK(c.ask({.opcode = Opcode::append, .key = "k", .value = "!"}).status == Status::too_big);
    CHECK(c.set("k", "12345678901").status == Status::too_big);
    CHECK(c.get("k").value == "up-mid-end");
}

TEST_CASE("counters") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    const auto count = [&](Opcode opcode, std::uint64_t delta, std::uint64_t initial, std::uint32_t expiry) {
        return c.ask({.opcode = opcode, .key = "n", .extras = counter_extras(delta, initial, expiry)});
    };
    CHECK(count(Opcode::increment, 1, 5, wire::kDoNotCreate).status == Status::not_found);
    const Reply created = count(Opcode::increment, 1, 5, 0);
    CHECK(created.status == Status::ok);
    CHECK(created.value == number(5, 8));
    CHECK(created.cas != 0);
    CHECK(count(Opcode::increment, 10, 5, wire::kDoNotCreate).value == number(15, 8));
    CHECK(c.get("n").value == "15");
    CHECK(count(Opcode::decrement, 6, 0, 0).value == number(9, 8));
    CHECK(c.get("n").value == "9");
    CHECK(count(Opcode::decrement, 10, 0, 0).value == number(0, 8));
    c.set("n", "18446744073709551615");
    CHECK(count(Opcode::increment, 2, 0, 0).value == number(1, 8));
    for (const char *const no_number : {"ten", "", "-1", "1x", "18446744073709551616"}) {
        CAPTURE(no_number);
        c.set("n", no_number);
        CHECK(count(Opcode::increment, 1, 0, 0).status == Status::delta_bad_value);
    }
    const std::uint64_t cas = c.set("n", "1").cas;
    const std::string one = counter_extras(1, 0, 0);
    CHECK(c.ask({.opcode = Opcode::increment, .key = "n", .extras = one, .cas = cas + 1}).status == Status::exists);
    CHECK(c.ask({.opcode = Opcode::increment, .key = "n", .extras = one, .cas = cas}).value == number(2, 8));
}

TEST_CASE("expiry, relative and absolute, touch and get-and-touch") {
    devcluster::Options options = kOneVBucket;
    options.unix_time = 1'500'000'000;
    ClusterThread cluster(options);
    WireClient c(cluster.data_port());
    c.set("relative", "v", 100);
    c.set("absolute", "v", 1'500'000'100);
    c.set("past", "v", 1'400'000'000);
    c.set("touched", "v", 100);
    c.set("gat", "v", 100);
    c.set("gatk", "v", 100);
    c.set("lasting", "v", 0);
    CHECK(c.get("past").status == Status::not_found);
    CHECK(c.get("absolute").status == Status::ok);
    const Reply touched = c.ask({.opcode = Opcode::touch, .key = "touched", .extras = number(1000, 4)});
    CHECK(touched.status == Status::ok);
    CHECK(touched.value.empty());
    const Reply gat = c.ask({.opcode = Opcode::gat, .key = "gat", .extras = number(1000, 4)});
    CHECK(gat.value == "v");
    CHECK(gat.extras == number(0xdeadbeef, 4));
    const Reply gatk = c.ask({.opcode = Opcode::gatk, .key = "gatk", .extras = number(0, 4)});
    CHECK(gatk.key == "gatk");
    CHECK(c.ask({.opcode = Opcode::touch, .key = "none", .extras = number(1, 4)}).status == Status::not_found);
    CHECK(c.ask({.opcode = Opcode::gat, .key = "none", .extras = number(1, 4)}).status == Status::not_found);
    c.send({.opcode = Opcode::gatq, .key = "none", .extras = number(1, 4)});
    c.send({.opcode = Opcode::gatkq, .key = "none", .extras = number(1, 4)});
    CHECK(c.up_to_noop().empty());

    ClusterThread::advance(99);
    CHECK(c.get("relative").status == Status::ok);
    ClusterThread::advance(2);
    CHECK(c.get("relative").status == Status::not_found);
    CHECK(c.get("absolute").status == Status::not_found);
    CHECK(c.get("touched").status == Status::ok);
    CHECK(c.get("gat").status == Status::ok);
    ClusterThread::advance(1000);
    CHECK(c.get("touched").status == Status::not_found);
    CHECK(c.get("gat").status == Status::not_found);
    CHECK(c.get("gatk").status == Status::ok);
    CHECK(c.get("lasting").status == Status::ok);
    CHECK(c.ask({.opcode = Opcode::add, .key = "gat", .value = "new", .extras = store_extras()}).status == Status::ok);
}

TEST_CASE("locks, as clients of before and after the status for them know them") {
    for (const bool extended : {false, true}) {
        CAPTURE(extended);
        const Status locked_mutation = extended ? Status::locked : Status::exists;
        const Status locked_lock = extended ? Status::locked : Status::temporary_failure;
        ClusterThread cluster(kOneVBucket);
        WireClient c(cluster.data_port());
        if (extended) CHECK(c.ask({.opcode = Opcode::hello, .value = number(0x07, 2)}).value == number(0x07, 2));
        const auto lock = [&](std::uint32_t seconds) {
            return c.ask({.opcode = Opcode::get_and_lock, .key = "k", .extras = number(seconds, 4)});
        };
        CHECK(lock(10).status == Status::not_found);
        const std::uint64_t before = c.set("k", "v").cas;
        const Reply got = lock(10);
        CHECK(got.status == Status::ok);
        CHECK(got.value == "v");
        CHECK(got.extras == number(0xdeadbeef, 4));
        CHECK(got.cas != before);
        CHECK(lock(10).status == locked_lock);
        CHECK(c.get("k").cas == ~std::uint64_t{0});
        CHECK(c.set("k", "w").status == locked_mutation);
        CHECK(c.set("k", "w", 0, before).status == locked_mutation);
        CHECK(c.ask({.opcode = Opcode::remove, .key = "k"}).status == locked_mutation);
        CHECK(c.ask({.opcode = Opcode::append, .key = "k", .value = "x"}).status == locked_mutation);
        CHECK(c.ask({.opcode = Opcode::touch, .key = "k", .extras = number(1, 4)}).status == locked_mutation);
        CHECK(c.ask({.opcode = Opcode::unlock, .key = "k", .cas = before}).status == locked_lock);
        CHECK(c.ask({.opcode = Opcode::unlock, .key = "k", .cas = got.cas}).status == Status::ok);
        CHECK(c.ask({.opcode = Opcode::unlock, .key = "k", .cas = got.cas}).status == Status::temporary_failure);
        CHECK(c.ask({.opcode = Opcode::unlock, .key = "none", .cas = 1}).status == Status::not_found);

        // The lock's CAS changes the item and opens it.
        const std::uint64_t key = lock(10).cas;
        CHECK(c.set("k", "w", 0, key).status == Status::ok);
        CHECK(c.set("k", "x").status == Status::ok);
        // It ends by itself: after 15 seconds unless told otherwise, or told more than 30.
        CHECK(lock(31).status == Status::ok);
        ClusterThread::advance(14);
        CHECK(c.set("k", "y").status == locked_mutation);
        ClusterThread::advance(2);
        CHECK(c.set("k", "y").status == Status::ok);
        CHECK(c.ask({.opcode = Opcode::get_and_lock, .key = "k"}).status == Status::ok);
    }
}

TEST_CASE("quiet forms answer failures only, in order") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    c.send({.opcode = Opcode::setq, .key = "a", .value = "1", .extras = store_extras()});
    c.send({.opcode = Opcode::addq, .key = "b", .value = "2", .extras = store_extras()});
    c.send({.opcode = Opcode::addq, .key = "a", .value = "3", .extras = store_extras()});
    c.send({.opcode = Opcode::replaceq, .key = "a", .value = "4", .extras = store_extras()});
    c.send({.opcode = Opcode::replaceq, .key = "none", .value = "5", .extras = store_extras()});
    c.send({.opcode = Opcode::appendq, .key = "a", .value = "6"});
    c.send({.opcode = Opcode::prependq, .key = "a", .value = "7"});
    c.send({.opcode = Opcode::appendq, .key = "none", .value = "8"});
    c.send({.opcode = Opcode::prependq, .key = "none", .value = "9"});
    c.send({.opcode = Opcode::incrementq, .key = "a", .extras = counter_extras(1, 0, 0)});
    c.send({.opcode = Opcode::decrementq, .key = "b", .extras = counter_extras(1, 0, 0)});
    c.send({.opcode = Opcode::incrementq, .key = "none", .extras = counter_extras(1, 0, wire::kDoNotCreate)});
    c.send({.opcode = Opcode::removeq, .key = "none"});
    c.send({.opcode = Opcode::getq, .key = "a"});
    c.send({.opcode = Opcode::getkq, .key = "b"});
    c.send({.opcode = Opcode::removeq, .key = "a"});
    c.send({.opcode = Opcode::getq, .key = "a"});
    c.send({.opcode = Opcode::flushq});
    c.send({.opcode = Opcode::getq, .key = "b"});
    const std::vector<Reply> replies = c.up_to_noop();
    struct Expected {
        Opcode opcode;
        Status status;
        std::uint32_t opaque;
    };
    const Expected expected[] = {
        {Opcode::addq, Status::exists, 3},          {Opcode::replaceq, Status::not_found, 5},
        {Opcode::appendq, Status::not_stored, 8},   {Opcode::prependq, Status::not_stored, 9},
        {Opcode::incrementq, Status::not_found, 12}, {Opcode::removeq, Status::not_found, 13},
        {Opcode::getq, Status::ok, 14},             {Opcode::getkq, Status::ok, 15},
    };
    REQUIRE(replies.size() == std::size(expected));
    for (std::size_t i = 0; i < replies.size(); ++i) {
        CAPTURE(i);
        CHECK(replies[i].opcode == expected[i].opcode);
        CHECK(replies[i].status == expected[i].status);
        CHECK(replies[i].opaque == expected[i].opaque);
    }
    CHECK(replies[6].value == "747");  // 746 and one
    CHECK(replies[7].value == "1");
}

TEST_CASE("flush, at once and later") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    c.set("k", "v");
    CHECK(c.ask({.opcode = Opcode::flush}).status == Status::ok);
    CHECK(c.get("k").status == Status::not_found);
    c.set("k", "v");
    CHECK(c.ask({.opcode = Opcode::flush, .extras = number(1, 4)}).status == Status::ok);
    CHECK(c.get("k").status == Status::ok);
    bool gone = false;
    for (int i = 0; i < 500 && !gone; ++i) {
        usleep(10'000);
        gone = c.get("k").status == Status::not_found;
    }
    CHECK(gone);
}

TEST_CASE("requests of a wrong shape are refused, and the connection goes on") {
    ClusterThread cluster(kOneVBucket);
    WireClient c(cluster.data_port());
    const WireClient::Request wrong[] = {
        {.opcode = Opcode::get},
        {.opcode = Opcode::get, .key = std::string(251, 'k')},
        {.opcode = Opcode::get, .key = "k", .extras = number(0, 4)},
        {.opcode = Opcode::get, .key = "k", .value = "v"},
        {.opcode = Opcode::set, .key = "k", .value = "v"},
        {.opcode = Opcode::set, .key = "k", .value = "v", .extras = number(0, 4)},
        {.opcode = Opcode::set, .value = "v", .extras = store_extras()},
        {.opcode = Opcode::setq, .key = "k", .value = "v", .extras = number(0, 12)},
        {.opcode = Opcode::increment, .key = "k", .extras = number(0, 8)},
        {.opcode = Opcode::append, .key = "k", .value = "v", .extras = number(0, 4)},
        {.opcode = Opcode::touch, .key = "k"},
        {.opcode = Opcode::gat, .key = "k", .extras = number(0, 8)},
        {.opcode = Opcode::noop, .value = "x"},
        {.opcode = Opcode::flush, .extras = number(0, 2)},
        {.opcode = Opcode::verbosity},
        {.opcode = Opcode::version, .key = "k"},
        {.opcode = Opcode::get_and_lock, .key = "k", .extras = number(0, 2)},
        {.opcode = Opcode::hello, .value = "x"},
    };
    for (const WireClient::Request &request : wrong) {
        CAPTURE(static_cast<int>(request.opcode));
        const Reply reply = c.ask(request);
        CHECK(reply.status == Status::invalid_arguments);
        CHECK_FALSE(reply.value.empty());
    }
    CHECK(c.set("k", "v").status == Status::ok);
    CHECK(c.get(std::string(250, 'k')).status == Status::not_found);
}
