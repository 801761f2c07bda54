// SPDX-License-Identifier: Apache-2.0
/// Runs a libFuzzer target where the compiler has no libFuzzer: its seeds, then a bounded number of mutations of them, the
/// same ones every time. Understands libFuzzer's own -runs=N, -seed=N and -seed_inputs=FILE,FILE; other arguments are files
/// to be run once, to replay a crash.
#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "fuzz.hpp"

extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Input = std::vector<std::uint8_t>;

const std::uint8_t *current = nullptr;
std::size_t current_size = 0;

/// Leaves the input that broke it as "crash-input" in the working directory. Only calls that a signal handler may make.
void keep_input() {
    const int file = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file == -1) return;
    const char text[] = "fuzz: the input is in ./crash-input\n";
    if (write(file, current, current_size) >= 0 && write(2, text, sizeof text - 1) >= 0) close(file);
}

void on_signal(int number) {
    keep_input();
    std::signal(number, SIG_DFL);
    std::raise(number);
}

/// Runs one input from memory of exactly its size.
void run(const Input &input) {
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[input.size()]);
    std::copy(input.begin(), input.end(), exact.get());
    current = exact.get();
    current_size = input.size();
    LLVMFuzzerTestOneInput(exact.get(), input.size());
}

class Mutator {
public:
    Mutator(std::uint64_t seed, const std::vector<Input> &seeds) : random_(seed), seeds_(seeds) {}

    Input next() {
        Input input = seeds_[below(seeds_.size())];
        for (std::size_t n = 1 + below(6); n > 0; --n) mutate(input);
        if (input.size() > kLongest) input.resize(kLongest);
        return input;
    }

private:
    static constexpr std::size_t kLongest = 16 * 1024;

    std::size_t below(std::size_t limit) { return random_() % limit; }
    auto at(Input &input, std::size_t i) { return input.begin() + static_cast<std::ptrdiff_t>(i); }

    void mutate(Input &input) {
        static constexpr std::uint8_t kTelling[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0xff, '"', '[', ']', '{', '}', ',', '-', '\n', '\r', '9'};
        const std::size_t i = below(input.size() + 1);
        const std::size_t run = std::min(input.size() - i, 1 + below(32));
        const std::uint8_t telling = kTelling[below(std::size(kTelling))];
        switch (below(8)) {
        case 0:
            if (run > 0) input[i] ^= static_cast<std::uint8_t>(1U << below(8));
            break;
        case 1:
            if (run > 0) input[i] = static_cast<std::uint8_t>(random_());
            break;
        case 2:
            if (run > 0) input[i] = telling;
            break;
        case 3: input.insert(at(input, i), telling); break;
        case 4: input.erase(at(input, i), at(input, i + run)); break;
        case 5: {
            const Input piece(at(input, i), at(input, i + run));
            input.insert(at(input, below(input.size() + 1)), piece.begin(), piece.end());
            break;
        }
        case 6: {  // the end of another seed
            const Input &other = seeds_[below(seeds_.size())];
            input.resize(i);
            input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(below(other.size() + 1)), other.end());
            break;
        }
        default:
            if (below(4) == 0) input.resize(i);
        }
    }

    std::mt19937_64 random_;
    const std::vector<Input> &seeds_;
};

bool read_file(const std::string &path, Input &out) {
    std::ifstream file(path, std::ios::binary);
    out.assign(std::istreambuf_iterator<char>(file), {});
    return file.good() || file.eof();
}

/// "a,b" gives a and b.
std::vector<std::string> split(std::string list) {
    std::vector<std::string> out;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        out.push_back(list.substr(0, comma));
        list.erase(0, comma + 1);
    }
    return out;
}

}  // namespace

int main(int argc, char **argv) {
    std::uint64_t runs = 0, seed = 1;
    std::vector<std::string> seed_files, files;
    for (int i = 1; i < argc; ++i) {
        const std::string arg = argv[i];
        const std::string flag = arg.substr(0, arg.find('=') + 1);
        const std::string value = arg.substr(flag.size());
        if (flag == "-runs=") runs = std::stoull(value);
        else if (flag == "-seed=") seed = std::stoull(value);
        else if (flag == "-seed_inputs=") seed_files = split(value);
        else if (arg[0] != '-') files.push_back(arg);
    }
    for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(number, on_signal);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);

    std::vector<Input> seeds{Input{}};
    for (const auto *list : {&seed_files, &files}) {
        for (const std::string &path : *list) {
            Input input;
            if (!read_file(path, input)) {
                std::fprintf(stderr, "fuzz: cannot read %s\n", path.c_str());
                return 2;
            }
            run(input);
            seeds.push_back(std::move(input));
        }
    }
    run({});
    Mutator mutator(seed, seeds);
    for (std::uint64_t i = 0; i < runs; ++i) run(mutator.next());
    std::printf("fuzz: %zu seeds, %llu mutations\n", seeds.size() - 1, static_cast<unsigned long long>(runs));
}
