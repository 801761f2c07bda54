// SPDX-License-Identifier: Apache-2.0
// The common operations, one after the other, awaited. Usage: cpp_operations [HOST:PORT [BUCKET]]
#include <cstdint>
#include <iostream>
#include <string>

#include <tenon/tenon.hpp>

namespace {

tenon::Detached everything(tenon::Client &client, std::uint64_t &counted, bool &removed) {
    // #region operations
    co_await client.set("page", "<html>", {.flags = 7, .expiry = 3600});
    const tenon::CounterResult visits = co_await client.increment("visits", 1, {.initial = 1});
    if (visits) std::cout << visits.number << " visits\n";

    const tenon::Owned<> locked = tenon::own(co_await client.get_and_lock("page", 15));  // to be kept
    if (locked) co_await client.set("page", "<html> ", {.cas = locked.cas});  // opens the lock

    for (const tenon::Owned<tenon::ObserveResult> &copy : co_await client.observe("page"))
        std::cout << copy.server << (copy.exists() ? " has it\n" : " does not have it\n");
    co_await client.touch("page", 60);
    const tenon::Reply gone = co_await client.remove("page");
    // #endregion
    removed = static_cast<bool>(gone);
    counted = visits.number;

    // #region durable
    const tenon::Reply stored = co_await client.set("order-17", "paid");
    if (!stored) co_return;  // see below whether to try again
    const tenon::DurabilityResult durable =
        co_await client.durability("order-17", {.persist_to = 1, .replicate_to = 1, .capped = true, .cas = stored.cas});
    if (!durable) std::cerr << tenon::describe(durable) << '\n';
    // #endregion
    if (durable) std::cout << "on " << durable.counts.persisted << " disks\n";
}

}  // namespace

int main(int argc, char **argv) {
    const tenon::io io = tenon::io::load();
    tenon::Options options;
    options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
    options.bucket = argc > 2 ? argv[2] : "default";
    tenon::Client client(io, options);
    if (client.connect()) return 1;

    std::uint64_t counted = 0;
    bool removed = false;
    everything(client, counted, removed);
    if (client.wait()) {
        std::cerr << client.error_message() << '\n';
        return 1;
    }
    return counted != 0 && removed ? 0 : 1;
}
