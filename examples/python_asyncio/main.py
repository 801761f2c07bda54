#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client on Python's asyncio, through the C API: asyncio watches one descriptor and calls `tick` when it is readable.

Any language that can call C, with any loop that can watch a descriptor, does the same.
Usage: main.py [HOST:PORT [BUCKET]]
"""
import asyncio
import sys
from ctypes import (CDLL, CFUNCTYPE, POINTER, Structure, addressof, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint32,
                    c_uint64, c_void_p, pointer)

lib = CDLL("libtenon-couchbase2.so")
TENON_IO_NAME, LCB_SET = 1, 3


class IoOps(Structure):
    """struct tenon_io_ops of <tenon/io.h>, of which this program needs only `tick`."""


def pointers(names):
    return [(name, c_void_p) for name in names.split()]


IoOps._fields_ = [("version", c_int)] + pointers("dlhandle destructor cookie") + [
    ("error", c_int), ("need_cleanup", c_int)] + pointers(
        "socket connect recv send recvv sendv close create_timer destroy_timer delete_timer update_timer "
        "create_event destroy_event update_event delete_event stop_event_loop run_event_loop") + [
    ("revision", c_int)] + pointers("now bind listen accept sockopt resolve cancel_resolve") + [
    ("tick", CFUNCTYPE(c_int, POINTER(IoOps)))] + pointers("post core")


class IoOptions(Structure):
    """struct tenon_io_options"""
    _fields_ = [("find", c_int), ("name", c_char_p), ("file", c_char_p), ("symbol", c_char_p), ("function", c_void_p),
                ("cookie", c_void_p)]


class CreateOptions(Structure):
    """struct lcb_create_st, version 0; later versions have more behind it."""
    _fields_ = [("version", c_int), ("host", c_char_p), ("user", c_char_p), ("passwd", c_char_p), ("bucket", c_char_p),
                ("io", POINTER(IoOps)), ("more", c_void_p * 8)]


class StoreCommand(Structure):
    """lcb_store_cmd_t"""
    _fields_ = [("version", c_int), ("key", c_char_p), ("nkey", c_size_t), ("bytes", c_char_p), ("nbytes", c_size_t),
                ("flags", c_uint32), ("cas", c_uint64), ("datatype", c_uint8), ("exptime", c_uint64),
                ("operation", c_int), ("hashkey", c_void_p), ("nhashkey", c_size_t)]


lib.tenon_io_error_message.restype = lib.lcb_strerror.restype = c_char_p
for name, *types in (("lcb_connect", c_void_p), ("lcb_destroy", c_void_p), ("lcb_strerror", c_void_p, c_int),
                     ("lcb_store", c_void_p, c_void_p, c_size_t, c_void_p), ("tenon_destroy_io_ops", c_void_p)):
    getattr(lib, name).argtypes = types
OnConnected = CFUNCTYPE(None, c_void_p, c_int)
OnError = CFUNCTYPE(None, c_void_p, c_int, c_char_p)
OnStored = CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_int, c_void_p)


async def store(host, bucket, key, value):
    """Stores one document; returns None, or why it was not stored."""
    loop = asyncio.get_running_loop()
    answer = loop.create_future()

    def on_connected(instance, _):
        command = StoreCommand(key=key, nkey=len(key), bytes=value, nbytes=len(value), operation=LCB_SET)
        lib.lcb_store(instance, None, 1, byref(pointer(command)))

    def on_error(_, error, why):
        answer.set_result(f"{lib.lcb_strerror(None, error).decode()} ({why.decode()})")

    def on_stored(_instance, _cookie, _operation, error, _response):
        answer.set_result(lib.lcb_strerror(None, error).decode() if error else None)

    io, descriptor, instance = POINTER(IoOps)(), c_int(-1), c_void_p()
    plugin = IoOptions(find=TENON_IO_NAME, name=b"epoll", cookie=addressof(descriptor))
    if lib.tenon_create_io_ops(byref(io), byref(plugin)) != 0:
        return lib.tenon_io_error_message().decode()
    lib.lcb_create(byref(instance), byref(CreateOptions(host=host, bucket=bucket, io=io)))
    callbacks = OnConnected(on_connected), OnError(on_error), OnStored(on_stored)  # kept for as long as the instance
    lib.lcb_set_configuration_callback(instance, callbacks[0])
    lib.lcb_set_error_callback(instance, callbacks[1])
    lib.lcb_set_store_callback(instance, callbacks[2])
    lib.lcb_connect(instance)

    loop.add_reader(descriptor.value, lambda: io.contents.tick(io))  # all there is to it
    try:
        return await answer
    finally:
        loop.remove_reader(descriptor.value)
        lib.lcb_destroy(instance)
        lib.tenon_destroy_io_ops(io)


async def main(host="127.0.0.1:8091", bucket="default"):
    stored = asyncio.create_task(store(host.encode(), bucket.encode(), b"greeting", b"hello from asyncio"))
    looks = 1
    while not stored.done():  # the program's own work
        await asyncio.sleep(0.01)
        looks += 1
    print(stored.result() or "stored")
    print("seen at look", looks)
    return 1 if stored.result() else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
