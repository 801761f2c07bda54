// SPDX-License-Identifier: Apache-2.0
//
// An IO plugin for the loop of loop.h, in C++: to be copied. The same as plugin.c, and `post` beside it. The numbers in
// brackets are the rules of the contract.
#include <cerrno>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "loop.h"
#include "posix_sockets.h"

namespace {

class Plugin;

/// A handle of ours around one of the loop's, which comes first so that the one is the other.
template <class Inner>
struct Handle {
    Inner inner{};
    Plugin *plugin = nullptr;
    tenon_io_handler handler = nullptr;
    void *cb_data = nullptr;
};
using Watch = Handle<my_watch>;
using Timer = Handle<my_timer>;

/// Functions that other threads want called on the loop's [R17].
class Mailbox {
public:
    Mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
    Mailbox(const Mailbox &) = delete;
    Mailbox &operator=(const Mailbox &) = delete;
    ~Mailbox() {
        if (fd_ != -1) ::close(fd_);
    }

    struct Letter {
        void (*fn)(void *arg);
        void *arg;
    };

    /// Readable while there may be letters; -1 if the system refused one.
    int fd() const { return fd_; }

    // #region post
    /// From any thread. Throws std::bad_alloc.
    void put(const Letter &letter) {
        const std::lock_guard lock(mutex_);
        letters_.push_back(letter);
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);  // fails only if it is readable anyhow
    }

    /// What has come until now.
    std::deque<Letter> take() {
        const std::lock_guard lock(mutex_);
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t read = ::read(fd_, &count, sizeof count);
        return std::exchange(letters_, {});
    }
    // #endregion

private:
    int fd_;
    std::mutex mutex_;
    std::deque<Letter> letters_;
};

struct FreeLoop {
    void operator()(my_loop *loop) const { my_loop_free(loop); }
};

class Plugin {
public:
    /// On the host's loop, or on one of its own for null. Throws std::bad_alloc, also without descriptors.
    explicit Plugin(my_loop *hosts)
        : own_(hosts == nullptr ? my_loop_new() : nullptr), loop_(hosts != nullptr ? hosts : own_.get()) {
        letters_.inner.background = 1;  // keeps no loop alive [R17]
        letters_.inner.ready = [](my_watch *watch, int) { reinterpret_cast<Watch *>(watch)->plugin->open_letters(); };
        letters_.plugin = this;
        if (loop_ == nullptr || my_watch_start(loop_, &letters_.inner, mailbox_.fd(), MY_READ) == -1)
            throw std::bad_alloc();
        fill_in();
    }

    tenon_io_ops *table() { return &table_; }

private:
    static Plugin &of(tenon_io_ops *io) { return *static_cast<Plugin *>(io->cookie); }

    /// Runs `body`, which may destroy the table: its memory, and a loop of its own, go when the last frame that still
    /// needs them returns [R10].
    template <class Body>
    void guarded(Body body) {
        ++frames_;
        body();
        --frames_;
        delete_if_unused();
    }
    void delete_if_unused() {
        if (destroyed_ && frames_ == 0) const std::unique_ptr<Plugin> gone(this);
    }

    static void destroy(tenon_io_ops *io) {
        Plugin &plugin = of(io);
        plugin.destroyed_ = true;
        my_watch_stop(plugin.loop_, &plugin.letters_.inner);
        if (plugin.running_) my_loop_stop(plugin.loop_);
        plugin.delete_if_unused();
    }

    void open_letters() {
        guarded([this] {
            for (const auto &[fn, arg] : mailbox_.take()) {
                if (destroyed_) break;  // left-overs never run [R17]
                fn(arg);
            }
        });
    }

    static void on_ready(my_watch *inner, int events) {
        const Watch &watch = *reinterpret_cast<Watch *>(inner);
        short which = 0;
        if ((events & MY_READ) != 0) which |= TENON_IO_READ;
        if ((events & MY_WRITE) != 0) which |= TENON_IO_WRITE;
        // ERROR comes beside every direction asked for, which this loop sees to [R3].
        if ((events & MY_ERROR) != 0) which |= TENON_IO_ERROR;
        // The handler may destroy its own watch: nothing of that is looked at after it.
        watch.plugin->guarded([&] { watch.handler(inner->fd, which, watch.cb_data); });
    }

    static void on_fire(my_timer *inner) {
        const Timer &timer = *reinterpret_cast<Timer *>(inner);
        timer.plugin->guarded([&] { timer.handler(-1, 0, timer.cb_data); });  // [R7]
    }

    template <class H>
    static void *create_handle(tenon_io_ops *io) {
        H *handle = new (std::nothrow) H{{}, &of(io), nullptr, nullptr};
        if (handle == nullptr) io->error = ENOMEM;
        return handle;
    }

    static void delete_event(tenon_io_ops *io, int, void *event) {
        my_watch_stop(of(io).loop_, &static_cast<Watch *>(event)->inner);
    }

    static void destroy_event(tenon_io_ops *io, void *event) {
        delete_event(io, -1, event);
        const std::unique_ptr<Watch> gone(static_cast<Watch *>(event));
    }

    static int update_event(tenon_io_ops *io, int sock, void *event, short flags, void *cb_data,
                            tenon_io_handler handler) {
        Watch &watch = *static_cast<Watch *>(event);
        int events = 0;
        if ((flags & TENON_IO_READ) != 0) events |= MY_READ;
        if ((flags & TENON_IO_WRITE) != 0) events |= MY_WRITE;
        watch.handler = handler;  // the last one counts, although the interest may be the same [R2]
        watch.cb_data = cb_data;
        watch.inner.ready = on_ready;
        if (events == 0) {
            delete_event(io, sock, event);  // [R1]
            return 0;
        }
        if (my_watch_start(of(io).loop_, &watch.inner, sock, events) == 0) return 0;
        io->error = errno;  // and nothing is watched [R6]
        return -1;
    }

    static void delete_timer(tenon_io_ops *io, void *timer) {
        my_timer_stop(of(io).loop_, &static_cast<Timer *>(timer)->inner);
    }

    static void destroy_timer(tenon_io_ops *io, void *timer) {
        delete_timer(io, timer);
        const std::unique_ptr<Timer> gone(static_cast<Timer *>(timer));
    }

    static int update_timer(tenon_io_ops *io, void *handle, std::uint32_t usec, void *cb_data,
                            tenon_io_handler handler) {
        Timer &timer = *static_cast<Timer *>(handle);
        timer.handler = handler;
        timer.cb_data = cb_data;
        timer.inner.fire = on_fire;
        my_timer_start(of(io).loop_, &timer.inner, usec);
        return 0;
    }

    static void run_event_loop(tenon_io_ops *io) {
        Plugin &plugin = of(io);
        if (plugin.frames_ != 0) {
            io->error = EDEADLK;  // [R14]
            return;
        }
        plugin.guarded([&plugin] {
            plugin.running_ = true;
            my_loop_run(plugin.loop_);  // ends by itself when nothing is active
            plugin.running_ = false;
        });
    }

    /// A run that is the host's is not ours to stop [R14, R15].
    static void stop_event_loop(tenon_io_ops *io) {
        if (of(io).running_) my_loop_stop(of(io).loop_);
    }

    static int post(tenon_io_ops *io, void (*fn)(void *arg), void *arg) try {
        of(io).mailbox_.put({fn, arg});
        return 0;
    } catch (const std::bad_alloc &) {
        return -1;  // and not `error`, which belongs to the loop's thread
    }

    void fill_in() {
        table_.revision = TENON_IO_REVISION;  // we promise the rules of this revision
        table_.cookie = this;
        table_.destructor = destroy;
        use_posix_sockets(&table_);
        table_.create_event = create_handle<Watch>;
        table_.update_event = update_event;
        table_.delete_event = delete_event;
        table_.destroy_event = destroy_event;
        table_.create_timer = create_handle<Timer>;
        table_.update_timer = update_timer;
        table_.delete_timer = delete_timer;
        table_.destroy_timer = destroy_timer;
        table_.run_event_loop = run_event_loop;
        table_.stop_event_loop = stop_event_loop;
        table_.post = post;
    }

    tenon_io_ops table_{};
    std::unique_ptr<my_loop, FreeLoop> own_;
    my_loop *loop_;
    Mailbox mailbox_;
    Watch letters_;
    int frames_ = 0;        ///< our own run, and callbacks of ours, that are on the stack
    bool running_ = false;  ///< our own run is
    bool destroyed_ = false;
};

}  // namespace

extern "C" TENON_API int tenon_create_templatexx_io_ops(int version, tenon_io_ops **io, void *cookie) try {
    if (version != 0) return TENON_IO_EVERSION;
    *io = std::make_unique<Plugin>(static_cast<my_loop *>(cookie)).release()->table();  // until `destroy`
    return TENON_IO_OK;
} catch (const std::bad_alloc &) {
    return TENON_IO_ENOMEM;
}
