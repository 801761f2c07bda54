// SPDX-License-Identifier: Apache-2.0
// A document that several change at once: each reads it, changes it, and stores it only if nobody was faster.
// Usage: cpp_await [HOST:PORT [BUCKET]]
#include <iostream>
#include <string>

#include <tenon/tenon.hpp>

namespace {

// #region add_guest
/// Puts a name at the end of the list. Arguments are taken by value: they have to live as long as the coroutine.
tenon::Detached add_guest(tenon::Client &client, std::string name, int &missing) {
    for (int round = 0; round < 10; ++round) {
        const tenon::Reply guests = co_await client.get("guests");
        if (!guests) {
            std::cerr << tenon::describe(guests) << '\n';
            co_return;
        }
        const std::string longer = std::string(guests.text()) + name + '\n';
        const tenon::Reply stored = co_await client.set("guests", longer, {.cas = guests.cas});
        if (stored.error == tenon::errc::exists) continue;  // somebody was faster: read again
        if (stored) --missing;
        else std::cerr << tenon::describe(stored) << '\n';
        co_return;
    }
    std::cerr << "too many write the list: " << name << " is not in it\n";
}
// #endregion

tenon::Detached invite(tenon::Client &client, int &missing) {
    const tenon::Reply emptied = co_await client.set("guests", {});
    if (!emptied) {
        std::cerr << tenon::describe(emptied) << '\n';
        co_return;
    }
    for (const char *name : {"Ada", "Grace", "Barbara"}) add_guest(client, name, missing);
}

}  // namespace

int main(int argc, char **argv) {
    const tenon::io io = tenon::io::load();
    tenon::Options options;
    options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
    options.bucket = argc > 2 ? argv[2] : "default";
    tenon::Client client(io, options);
    if (client.connect()) return 1;

    int missing = 3;
    invite(client, missing);  // runs to its first co_await; operations wait for the first map
    if (client.wait()) {
        std::cerr << client.error_message() << '\n';
        return 1;
    }
    std::cout << 3 - missing << " guests\n";
    return missing;
}
