// SPDX-License-Identifier: Apache-2.0
// One operation after the other, as a script does it. Usage: cpp_blocking [HOST:PORT [BUCKET]]
#include <iostream>
#include <string>

#include <tenon/blocking.hpp>

int main(int argc, char **argv) {
    const tenon::io io = tenon::io::load();
    const std::string host = argc > 1 ? argv[1] : "127.0.0.1:8091";
    tenon::Client client(io, {.hosts = {host}, .bucket = argc > 2 ? argv[2] : "default"});
    if (tenon::blocking_connect(client)) {
        std::cerr << client.error_message() << '\n';
        return 1;
    }

    const auto stored = tenon::blocking(client.set("fruit", "apple", {.expiry = 3600}));
    if (!stored) {
        std::cerr << tenon::describe(stored) << '\n';
        return 1;
    }
    const auto fruit = tenon::blocking(client.get("fruit"));
    const auto nothing = tenon::blocking(client.get("no such fruit"));
    std::cout << fruit.text() << ", " << nothing.error.message() << '\n';
    return fruit.text() == "apple" && nothing.error == tenon::errc::not_found ? 0 : 1;
}
