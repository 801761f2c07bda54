// SPDX-License-Identifier: Apache-2.0
//
// Rules 14 and 15 on a loop of the host's. Every other check is made there too, with the host's timer and socket firing
// beside it and looked at after the table is gone; the ones here are about the host itself.
#include <algorithm>

#include "fixture.hpp"

namespace tenon::conformance {
namespace {

constexpr short kRead = TENON_IO_READ;

void stop_is_not_the_hosts(Context &c) {
    if (c.io()->stop_event_loop == nullptr) throw Skip{"stop_event_loop is null: the host drives the loop"};
    Timer timer(c.loop);
    int fired = 0;
    std::function<void()> again = [&] {
        c.io()->stop_event_loop(c.io());  // under the host's run: does nothing
        if (++fired == 5)
            c.loop.stop();
        else
            timer.arm(2000, again);
    };
    c.io()->stop_event_loop(c.io());
    timer.arm(0, again);
    c.step("five firings under the host's run, each calling stop_event_loop");
    c.loop.run();
    expect_equal("firings under the host's run", 5, fired);
}

void runs_the_hosts_loop(Context &c) {
    tenon_io_ops *io = c.io();
    if (io->run_event_loop == nullptr) throw Skip{"run_event_loop is null: the host drives the loop"};
    Timer timer(c.loop);
    bool fired = false;
    const long beats = c.loop.host_beats();
    timer.arm(50'000, [&] { fired = true, io->stop_event_loop(io); });
    c.step("our run on the host's loop to end by our stop");
    io->run_event_loop(io);
    expect(fired, "our run lasts until stop_event_loop", "it ended before");
    if (c.subject.host->attach == nullptr)  // else the host's loop is not ours to run
        expect(c.loop.host_beats() > beats, "the host's timer and socket fire in our run", "they did not");
    const long after = c.loop.host_beats();
    c.loop.run_for(50);
    expect(c.loop.host_beats() > after, "the host's run works after ours", "its timer and socket did not fire");
}

void pace(Context &c) {
    // What the host gets beside a busy table, against what it gets beside an idle one, in the same time.
    constexpr std::int64_t kMsec = 100;
    const std::int64_t missing = best_of(5, 0, [&] {
        const long start = c.loop.host_beats();
        c.loop.run_for(static_cast<unsigned>(kMsec));
        const long idle = c.loop.host_beats() - start;
        const Pair pipe = make_pipe();
        put(pipe.b, "x");
        Watch ready(c.loop);
        Timer zero(c.loop);
        std::function<void()> again = [&] { zero.arm(0, again); };
        ready.set(pipe.a, kRead, [](short) {});
        zero.arm(0, again);
        const std::uint64_t waited = waited_for_cpu_usec();
        c.loop.run_for(static_cast<unsigned>(kMsec));
        const long busy = c.loop.host_beats() - start - idle;
        // A loop that never sleeps loses the time in which the machine is somebody else's: that is not the table's doing.
        const auto lost = static_cast<std::int64_t>(waited_for_cpu_usec() - waited) / 1000;
        return idle * std::max<std::int64_t>(0, kMsec - lost) / kMsec / 2 - busy;
    });
    expect(missing <= 0, "a busy table leaves the host's timer and socket at least half their pace, best of 5",
           text(missing, " of their firings are missing"));
}

void two_tables_on_one_host(Context &c) {
    tenon_io_ops *second = c.loop.make_guest();
    struct Fired {
        Context &context;
        tenon_io_ops *table;
        void *timer;
        int count;
    } fired{c, second, second->create_timer(second), 0};
    Timer timer(c.loop);
    timer.arm(1000, [&] {
        // The other table goes inside this one's callback; its timer would be due.
        sleep_msec(5);
        second->delete_timer(second, fired.timer);
        second->destroy_timer(second, fired.timer);
        c.loop.destroy_guest(second);
        timer.arm(10'000, [&] { c.loop.stop(); });
    });
    expect_equal("update_timer", 0, second->update_timer(second, fired.timer, 3000, &fired, [](int, short, void *arg) {
        ++static_cast<Fired *>(arg)->count;
    }));
    c.step("one of two tables on the host's loop, destroyed in the other's callback");
    c.loop.run();
    expect_equal("firings of the destroyed table's timer", 0, fired.count);
}

void table_comes_and_goes(Context &c) {
    // A host that connects now and then: tables made and destroyed between turns and inside the host's run.
    Timer timer(c.loop);
    int rounds = 0;
    std::function<void()> again = [&] {
        tenon_io_ops *guest = c.loop.make_guest();
        void *event = guest->create_event(guest);
        const Pair pipe = make_pipe();
        expect_equal("update_event", 0, guest->update_event(guest, pipe.a, event, kRead, nullptr, [](int, short, void *) {}));
        guest->delete_event(guest, pipe.a, event);
        guest->destroy_event(guest, event);
        c.loop.destroy_guest(guest);
        if (++rounds == 20)
            c.loop.stop();
        else
            timer.arm(500, again);
    };
    timer.arm(0, again);
    c.step("20 tables that come and go on the running loop of the host");
    c.loop.run();
}

}  // namespace

std::vector<Check> host_checks() {
    return {
        {14, 6, "stop under the host's run does nothing", stop_is_not_the_hosts, For::kHostLoop},
        {14, 7, "our run on the host's loop", runs_the_hosts_loop, For::kHostLoop},
        {15, 1, "the host keeps its pace", pace, For::kHostLoop},
        {15, 2, "two tables on one host's loop", two_tables_on_one_host, For::kHostLoop},
        {15, 3, "tables come and go under the host's run", table_comes_and_goes, For::kHostLoop},
    };
}

}  // namespace tenon::conformance
