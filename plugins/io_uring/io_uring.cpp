// SPDX-License-Identifier: Apache-2.0
//
// io_uring(7), as a poller: which sockets to look at is told, and what is ready learned, in the one system call that
// waits. There is no loop of a host's that it could live on: the cookie must be null.
//
// A kernel that has no io_uring, or forbids it, makes the creator return the negative errno of io_uring_setup(2).

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include <liburing.h>

#include <tenon/io.h>

#include "own_loop.hpp"
#include "poll_bits.hpp"

namespace {

using tenon::ops::Polled;
using tenon::ops::TimerQueue;

class IoUring {
public:
    IoUring &operator=(IoUring &&) = delete;  // nor any other copy
    ~IoUring() {
        if (made_) io_uring_queue_exit(&ring_);
    }

    bool open(Polled &wakeup, int sock) {
        io_uring_params params{};
        params.flags = IORING_SETUP_CQSIZE;
        params.cq_entries = kAnswers;
        const int error = io_uring_queue_init_params(kEntries, &ring_, &params);
        errno = -error;
        made_ = error == 0;
        if (!made_) return false;
        errno = ENOSYS;  // waiting with a timeout came with Linux 5.11
        if ((params.features & IORING_FEAT_EXT_ARG) == 0) return false;
        wakeup.sock = sock;
        wakeup.flags = TENON_IO_READ;
        return start(wakeup, sock, TENON_IO_READ) == 0;
    }

    int start(Polled &watch, int sock, short) {
        if (watch.place != 0) {
            withdraw(watch.place - 1);
            list(watch.place - 1);
            return 0;
        }
        if (!tenon::ops::is_descriptor(sock)) return -1;
        try {
            if (free_.empty()) add_slot();
        } catch (const std::bad_alloc &) {
            errno = ENOMEM;
            return -1;
        }
        watch.place = free_.back() + 1;
        free_.pop_back();
        slots_[watch.place - 1].watch = &watch;
        list(watch.place - 1);
        return 0;
    }

    // The kernel holds the socket, not its number, for as long as it polls it: a close would do nothing until then.
    void stop(Polled &watch) {
        const unsigned place = watch.place - 1;
        if (withdraw(place)) submit();
        slots_[place].watch = nullptr;
        free_.push_back(place);
        watch.place = 0;
    }

    void wait(std::int64_t usec) {
        poll_listed();
        if (usec == 0 || io_uring_cq_ready(&ring_) != 0) return submit();
        __kernel_timespec timeout{usec / 1'000'000, usec % 1'000'000 * 1000};
        io_uring_cqe *first = nullptr;
        io_uring_submit_and_wait_timeout(&ring_, &first, 1, usec < 0 ? nullptr : &timeout, nullptr);
    }

    // No request is made before the next wait: the answers of a turn come to an end.
    Polled *next(short &which) {
        for (io_uring_cqe *answer = nullptr; io_uring_peek_cqe(&ring_, &answer) == 0;) {
            const std::uint64_t asked = answer->user_data;
            const int result = answer->res;
            io_uring_cqe_seen(&ring_, answer);
            if (asked == kNobody || token(place_of(asked)) != asked) continue;
            Slot &slot = slots_[place_of(asked)];
            slot.polled = false;
            list(place_of(asked));
            // The kernel ends the requests of a thread that ends, and the table may live on in another one.
            if (result == -ECANCELED) continue;
            const unsigned events = result < 0 ? unsigned{POLLERR} : static_cast<unsigned>(result);
            which = tenon::ops::from_poll(events, slot.watch->flags);
            return slot.watch;
        }
        return nullptr;
    }

    void wake_at(const TimerQueue &) {}

private:
    static constexpr unsigned kEntries = 256;
    static constexpr unsigned kAnswers = 4096;  ///< more than that at once the kernel keeps to itself for a while
    static constexpr std::uint64_t kNobody = UINT64_MAX;

    /// Where a watch stands. A poll request fires once: it is made anew after each callback, which makes it level-
    /// triggered [R1]. (A multishot one reports once and then stays silent about data that was left unread.)
    struct Slot {
        Polled *watch = nullptr;
        std::uint32_t generation = 0;  ///< tells the answers to earlier requests from the ones to the last
        bool polled = false;           ///< the kernel has a request for it
        bool listed = false;           ///< in `listed_`
    };

    std::uint64_t token(unsigned place) const { return std::uint64_t{slots_[place].generation} << 32 | place; }
    static unsigned place_of(std::uint64_t token) { return static_cast<unsigned>(token & UINT32_MAX); }

    /// Makes room for one more watch in every list, so that nothing later allocates. Throws std::bad_alloc.
    void add_slot() {
        if (slots_.size() == slots_.capacity()) {
            const std::size_t room = slots_.empty() ? 16 : 2 * slots_.size();
            free_.reserve(room);
            listed_.reserve(room);
            slots_.reserve(room);
        }
        free_.push_back(static_cast<unsigned>(slots_.size()));
        slots_.emplace_back();
    }

    void list(unsigned place) {
        if (slots_[place].listed) return;
        slots_[place].listed = true;
        listed_.push_back(place);
    }

    /// Forgets what was asked of the kernel for a watch, and what it may have answered. True: it is still to be told.
    bool withdraw(unsigned place) {
        Slot &slot = slots_[place];
        const bool polled = slot.polled;
        if (polled) {
            io_uring_sqe *request = new_request();
            io_uring_prep_poll_remove(request, token(place));
            io_uring_sqe_set_data64(request, kNobody);
        }
        slot.polled = false;
        ++slot.generation;
        return polled;
    }

    void poll_listed() {
        for (const unsigned place : listed_) {
            Slot &slot = slots_[place];
            slot.listed = false;
            if (slot.watch == nullptr || slot.polled) continue;
            io_uring_sqe *request = new_request();
            io_uring_prep_poll_add(request, slot.watch->sock, static_cast<unsigned>(tenon::ops::to_poll(slot.watch->flags)));
            io_uring_sqe_set_data64(request, token(place));
            slot.polled = true;
        }
        listed_.clear();
    }

    io_uring_sqe *new_request() {
        io_uring_sqe *request = io_uring_get_sqe(&ring_);
        while (request == nullptr) {  // the queue is full
            submit();
            request = io_uring_get_sqe(&ring_);
        }
        return request;
    }

    void submit() {
        while (io_uring_submit(&ring_) == -EINTR) {}
    }

    io_uring ring_{};
    bool made_ = false;
    std::vector<Slot> slots_;
    std::vector<unsigned> free_;
    std::vector<unsigned> listed_;  ///< whose poll request is to be made before the next wait
};

}  // namespace

extern "C" TENON_API int tenon_create_io_uring_io_ops(int version, tenon_io_ops **io, void *cookie) {
    if (version != 0) return TENON_IO_EVERSION;
    if (cookie != nullptr) return TENON_IO_EINVAL;
    const int code = tenon::ops::OwnLoop<IoUring>::create(io);
    return code == TENON_IO_OK || errno == ENOMEM || errno == EMFILE || errno == ENFILE ? code : -errno;
}

extern "C" TENON_API int lcb_create_io_uring_io_opts(int version, tenon_io_ops **io, void *cookie) {
    return tenon_create_io_uring_io_ops(version, io, cookie);
}
