// SPDX-License-Identifier: Apache-2.0
#include "host_rig.hpp"

#include <filesystem>
#include <system_error>

#include <dlfcn.h>

#include "checks/suite.hpp"

namespace tenon::conformance {
namespace {

constexpr const char *kSymbol = "tenon_io_check_host_loop";

/// The folder of this program; empty if the system does not tell.
std::filesystem::path own_folder() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace

std::string known_rig(const std::string &loop) {
    std::string places;
    for (const char *folder : {"hosts", TENON_HOSTS_FROM_BIN}) {
        const std::filesystem::path file = (own_folder() / folder / (loop + ".so")).lexically_normal();
        std::error_code error;
        if (std::filesystem::exists(file, error)) return file;
        places += (places.empty() ? "" : ", ") + file.string();
    }
    throw NoSubject{text("no rig for a host's loop \"", loop, "\": looked for ", places,
                         "; --host-loop=FILE names a rig of your own")};
}

const tenon_io_check_host *load_rig(const std::string &file) {
    // With the loader's flags: a rig in the plugin's own file is the very object that the loader then finds.
    void *object = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (object == nullptr) {
        const char *reason = ::dlerror();
        throw NoSubject{text("the rig of a host's loop cannot be loaded: ", reason != nullptr ? reason : file)};
    }
    const auto rig = reinterpret_cast<decltype(&tenon_io_check_host_loop)>(::dlsym(object, kSymbol));
    if (rig == nullptr)
        throw NoSubject{text(file, " exports no ", kSymbol, ", the rig of a host's loop (<tenon/io_check.h>); ",
                             "--host-loop=FILE names another file that does")};
    const tenon_io_check_host *host = rig();
    if (host->version != TENON_IO_CHECK_VERSION)
        throw NoSubject{text(file, ": a rig of version ", host->version, "; known is ", TENON_IO_CHECK_VERSION)};
    return host;
}

}  // namespace tenon::conformance
