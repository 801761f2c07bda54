// SPDX-License-Identifier: Apache-2.0
// Stores one document and reads it back. Usage: cpp_get_set [HOST:PORT [BUCKET]]
#include <iostream>

#include <tenon/tenon.hpp>

int main(int argc, char **argv) {
    const tenon::io io = tenon::io::load();  // epoll, or what $TENON_IO_PLUGIN names

    tenon::Options options;
    options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
    options.bucket = argc > 2 ? argv[2] : "default";
    tenon::Client client(io, options);

    if (client.connect() || client.wait()) {
        std::cerr << client.error_message() << '\n';
        return 1;
    }

    bool stored_and_read = false;
    client.set("greeting", "hello", [&](const tenon::Reply &stored) {
        if (!stored) {
            std::cerr << "set: " << stored.error.message() << ' ' << stored.detail << '\n';
            return;
        }
        client.get("greeting", [&](const tenon::Reply &read) {
            stored_and_read = read && read.text() == "hello";
            std::cout << read.key << " = " << read.text() << ", from " << read.server << '\n';
        });
    });
    client.wait();  // runs the loop until nothing is pending
    return stored_and_read ? 0 : 1;
}
