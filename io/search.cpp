// SPDX-License-Identifier: Apache-2.0
#include "search.hpp"

#include <cerrno>
#include <cstring>
#include <sstream>
#include <system_error>

#include <dlfcn.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif
#include <unistd.h>

#include "environment.hpp"

namespace tenon::ops {
namespace {

// Handlers of a plugin may be on the stack, or in a host's loop, when the last table is gone: code stays [R16].
constexpr int kLoadFlags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;

LoadedObject open_object(const char *file) {
    LoadedObject object;
    object.handle = ::dlopen(file, kLoadFlags);
    object.file = file != nullptr ? file : "the program's own image";
    if (object.handle != nullptr) {
        object.exists = true;
        return object;
    }
    const char *reason = ::dlerror();
    object.story = reason != nullptr ? reason : "dlopen gave no reason";
    return object;
}

/// The program's own file; empty if the system does not tell.
std::string program_file() {
    char path[4096];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

/// Whether the object that begins at `base` is the program itself.
bool is_program(const void *base) {
#ifdef __linux__
    Dl_info program{};
    return ::dladdr(reinterpret_cast<const void *>(::getauxval(AT_PHDR)), &program) != 0 && program.dli_fbase == base;
#else
    static_cast<void>(base);
    return false;
#endif
}

/// The folder of the library or program that contains this code; empty if the system does not tell.
std::string own_folder() {
    static const char marker = 0;
    Dl_info info{};
    if (::dladdr(&marker, &info) == 0 || info.dli_fname == nullptr) return {};
    // As a program's name dladdr gives argv[0], which is whatever its caller wrote there: also that of a set-uid one.
    const std::string file = is_program(info.dli_fbase) ? program_file() : info.dli_fname;
    const std::size_t slash = file.rfind('/');
    return slash != std::string::npos ? file.substr(0, slash) : std::string();
}

std::vector<std::string> plugin_folders() {
    std::vector<std::string> folders;
    if (const char *path = environment("TENON_PLUGIN_PATH")) {
        std::istringstream parts(path);
        for (std::string folder; std::getline(parts, folder, ':');)
            if (!folder.empty()) folders.push_back(folder);
    }
    if (std::string own = own_folder(); !own.empty()) folders.push_back(std::move(own));
    return folders;
}

std::string because(int error) { return std::generic_category().message(error); }

}  // namespace

LoadedObject load_file(const char *file) {
    if (file != nullptr && std::strchr(file, '/') != nullptr && ::access(file, F_OK) != 0) {
        LoadedObject missing;
        missing.file = file;
        missing.story = missing.file + ": " + because(errno);
        return missing;
    }
    LoadedObject object = open_object(file);
    // Without a slash the system searches, and tells a file it did not find from one it could not use only in words.
    if (object.handle == nullptr && file != nullptr)
        object.exists = std::strchr(file, '/') != nullptr ||
                        object.story.find("cannot open shared object file") == std::string::npos;
    return object;
}

LoadedObject search_plugin(const std::string &name) {
    const std::string leaf = "libtenon-io-" + name + ".so";
    std::string story;
    for (const std::string &folder : plugin_folders()) {
        // A relative folder without a slash would make the system search elsewhere.
        const std::string file = (folder.find('/') == std::string::npos ? "./" + folder : folder) + "/" + leaf;
        LoadedObject object = load_file(file.c_str());
        if (object.exists) return object;
        story += object.story + "; ";
    }
    LoadedObject object = load_file(leaf.c_str());
    if (object.handle == nullptr) object.story = story + "on the system's path: " + object.story;
    return object;
}

}  // namespace tenon::ops
