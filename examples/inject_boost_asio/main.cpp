// SPDX-License-Identifier: Apache-2.0
// A client on the program's own Boost.Asio context, beside a timer of the program's. Usage: inject_boost_asio [HOST:PORT [BUCKET]]
#include <chrono>
#include <functional>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <tenon/tenon.hpp>

// Asio is compiled into programs and plugins alike: link the plugin (libtenon-io-boost_asio), so that there is one asio.
extern "C" int tenon_create_boost_asio_io_ops(int version, tenon_io_ops **io, void *cookie);

int main(int argc, char **argv) {
    boost::asio::io_context context;
    bool answered = false;
    bool done = false;

    // The program's own work: it looks every 10 ms whether there is an answer.
    int looks = 0;
    boost::asio::steady_timer timer(context);
    std::function<void()> look = [&] {
        ++looks;
        if (answered) return context.stop();
        timer.expires_after(std::chrono::milliseconds(10));
        timer.async_wait([&](auto) { look(); });
    };
    look();
    {
        const tenon::io io = tenon::io::make(tenon_create_boost_asio_io_ops, &context);
        tenon::Options options;
        options.hosts = {argc > 1 ? argv[1] : "127.0.0.1:8091"};
        options.bucket = argc > 2 ? argv[2] : "default";
        tenon::Client client(io, options);

        client.connect();  // operations wait for the first map, or fail with the reason there is none
        client.set("greeting", "hello from Boost.Asio", [&](const tenon::Reply &reply) {
            answered = true;
            done = !reply.error;
            std::cout << (done ? "stored on " : "failed: ") << (done ? reply.server : reply.detail) << '\n';
        });
        context.run();  // the program's loop, run by the program
    }
    std::cout << "seen at look " << looks << '\n';
    return done ? 0 : 1;
}
