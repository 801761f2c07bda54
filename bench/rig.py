# SPDX-License-Identifier: Apache-2.0
"""What the scripts of bench/ share: servers to measure against, and the programs that measure."""
import contextlib
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
YARDSTICK = pathlib.Path(os.environ.get("TENON_YARDSTICK", ROOT.parent / "shared/yardstick"))


def free_ports(count):
    """The first of `count` ports in a row that nobody listens on."""
    for first in range(21210, 32000, count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError("no free ports")


def wait_for(port):
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextlib.contextmanager
def running(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Rig:
    """The programs of a build, and the yardstick's, compiled into a folder that goes with this."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.scratch = tempfile.TemporaryDirectory()
        self.have_yardstick = (YARDSTICK / "server.cpp").is_file()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scratch.cleanup()

    def compiled(self, name):
        program = pathlib.Path(self.scratch.name) / name
        if not program.exists():
            subprocess.run(["g++", "-O2", "-w", "-o", program, YARDSTICK / f"{name}.cpp"], check=True)
        return program

    @contextlib.contextmanager
    def yardstick(self, nodes=4, vbuckets=1024):
        """Yields the management address, the port of the first data node and the process."""
        first = free_ports(nodes + 1)
        management = first + nodes
        command = [self.compiled("server"), "-n", str(nodes), "-v", str(vbuckets),
                   "-p", str(first), "-h", str(management)]
        with running(command, stderr=subprocess.DEVNULL) as process:
            wait_for(management)
            yield f"127.0.0.1:{management}", first, process

    @contextlib.contextmanager
    def devcluster(self, *arguments):
        """Yields the same of this build's tenon-devcluster."""
        command = [self.build / "tools/devcluster/tenon-devcluster", "--port", "0", *map(str, arguments)]
        with running(command, stdout=subprocess.PIPE, text=True) as process:
            ports = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", process.stdout.readline())]
            yield f"127.0.0.1:{ports[0]}", ports[len(ports) // 2], process

    @contextlib.contextmanager
    def server(self, nodes=4, vbuckets=1024):
        """The yardstick's, if there is one, else a devcluster."""
        with contextlib.ExitStack() as stack:
            if self.have_yardstick:
                yield stack.enter_context(self.yardstick(nodes, vbuckets))
            else:
                yield stack.enter_context(self.devcluster("--nodes", nodes, "--vbuckets", vbuckets))

    def compiler(self):
        """Of the build's library, as it says itself, and how it was told to optimise."""
        library = (self.build / "core/libtenon.so").read_bytes()
        said = re.search(rb"GCC: \([^)]*\) [\d.]+|clang version [\d.]+", library)
        settings = json.loads((self.build / "meson-info/intro-buildoptions.json").read_text())
        buildtype = next(setting["value"] for setting in settings if setting["name"] == "buildtype")
        return f"{said.group().decode() if said else 'unknown'}, {buildtype}"

    def environment(self):
        return {**os.environ, "TENON_PLUGIN_PATH": str(self.build / "plugins")}

    def bench(self, host, **options):
        """One run of tenon-bench; its figures."""
        command = [self.build / "bench/tenon-bench", "--host", host, "--json", *flags(options)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment())
        return json.loads(done.stdout)

    def collected(self, function, command):
        """Instructions within a function of a program, by callgrind."""
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--toggle-collect={function}", *command]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment())
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1))

    def instructions(self, host, batch, short, long, face="c++", **options):
        """Of an operation: what `long` batches take more than `short` ones."""
        run = "tenon::bench::Load::run()" if face == "c++" else "tenon::bench::CLoad::run()"
        command = [self.build / "bench/tenon-bench", *flags({"host": host, "face": face, "batch": batch, **options})]
        few, many = (self.collected(run, [*command, "--cycles", str(cycles)]) for cycles in (short, long))
        return (many - few) / ((long - short) * batch)

    def program(self, name, **options):
        """One run of one of bench/'s other programs; its figures."""
        command = [self.build / "bench" / name, *flags(options)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment())
        return json.loads(done.stdout)

    def floor(self, port, batches, batch, value_size=100, set_percent=20):
        """One run of the blocking socket that sends prepared bytes; its figures."""
        numbers = map(str, (port, batches, batch, value_size, set_percent))
        done = subprocess.run([self.compiled("floor"), *numbers], check=True, capture_output=True, text=True)
        words = re.sub("[()]", "", done.stdout).split()

        def figure(name):
            return float(words[words.index(name) + 1])

        return {"ops_per_s": figure("ops_per_s"), "cpu_ns_per_op": figure("cpu_ns_per_op"),
                "user_ns_per_op": figure("user"), "sys_ns_per_op": figure("sys")}


def flags(options):
    """value_size=100 as --value-size 100."""
    return [word for name, value in options.items() for word in ("--" + name.replace("_", "-"), str(value))]


def median(runs, key="cpu_ns_per_op"):
    return statistics.median(run[key] for run in runs)
