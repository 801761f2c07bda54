#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Talks memcached's binary protocol to the small proxy: small_proxy.sh DEVCLUSTER PROXY
set -euo pipefail
. "$(dirname "$0")/../../../scripts/lib.sh"
devcluster "$1" cluster --nodes 2 --bucket default
start proxy "$2" 0 "$cluster" default
eventually grep -q 'listening on' "$scratch/proxy.out"
python3 - "$(sed -n 's/listening on //p' "$scratch/proxy.out")" <<'talk'
import socket, struct, sys

peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
passed = failed = 0

def request(opcode, key=b"", value=b"", extras=b"", opaque=0, cas=0):
    return struct.pack(">BBHBBHIIQ", 0x80, opcode, len(key), len(extras), 0, 0,
                       len(extras) + len(key) + len(value), opaque, cas) + extras + key + value

def exactly(size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            sys.exit("the proxy hung up")
        data += piece
    return data

def answer():
    magic, opcode, nkey, nextras, _, status, body, opaque, cas = struct.unpack(">BBHBBHIIQ", exactly(24))
    assert magic == 0x81
    return opaque, status, exactly(body)[nextras + nkey:], cas

def check(what, ok):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print("FAILED:", what)

stored = b"\0" * 8
peer.sendall(b"".join(request(1, b"key%d" % i, b"value%d" % i, stored, i) for i in range(50)))
answers = dict((opaque, status) for opaque, status, _, _ in (answer() for _ in range(50)))
check("50 sets in one write are answered", answers == dict.fromkeys(range(50), 0))
peer.sendall(b"".join(request(0, b"key%d" % i, opaque=i) for i in range(50)))
answers = dict((opaque, value) for opaque, _, value, _ in (answer() for _ in range(50)))
check("50 gets", answers == {i: b"value%d" % i for i in range(50)})
one = request(0, b"key7")
peer.sendall(one[:30 - 7])
peer.sendall(one[30 - 7:])
_, status, value, cas = answer()
check("a request in two pieces", (status, value) == (0, b"value7"))
peer.sendall(request(1, b"key7", b"new", stored, cas=cas) + request(1, b"key7", b"newer", stored, cas=cas))
check("a CAS counts once", sorted((answer()[1], answer()[1])) == [0, 2])
peer.sendall(request(0, b"none"))
check("a miss", answer()[1] == 1)
peer.sendall(request(0x0a, opaque=99))
check("noop", answer()[:2] == (99, 0))
peer.sendall(request(0x0b))
check("version", answer()[1:3] == (0, b"1.6"))
peer.sendall(request(0x09, b"key7", opaque=5))
check("a quiet command is refused", answer()[1] == 0x86)
peer.sendall(request(7))
check("quit ends the connection", peer.recv(1) == b"")
print(f"{passed} passed, {failed} failed")
sys.exit(failed != 0)
talk
