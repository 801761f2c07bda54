/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts of the memcached binary protocol under the names the tutorial's proxy uses for them.
 */
#ifndef TUTORIAL_PROTOCOL_BINARY_H
#define TUTORIAL_PROTOCOL_BINARY_H

#include <stdint.h>

enum { PROTOCOL_BINARY_REQ = 0x80, PROTOCOL_BINARY_RES = 0x81, PROTOCOL_BINARY_RAW_BYTES = 0x00 };

enum { PROTOCOL_BINARY_CMD_GET = 0x00, PROTOCOL_BINARY_CMD_SET = 0x01, PROTOCOL_BINARY_CMD_VERSION = 0x0b };

enum {
    PROTOCOL_BINARY_RESPONSE_SUCCESS = 0x00,
    PROTOCOL_BINARY_RESPONSE_KEY_ENOENT = 0x01,
    PROTOCOL_BINARY_RESPONSE_NOT_SUPPORTED = 0x83,
    PROTOCOL_BINARY_RESPONSE_EINTERNAL = 0x84
};

typedef union {
    struct {
        uint8_t magic, opcode;
        uint16_t keylen;
        uint8_t extlen, datatype;
        uint16_t reserved;
        uint32_t bodylen;
        uint32_t opaque;
        uint64_t cas;
    } request;
    uint8_t bytes[24];
} protocol_binary_request_header;

typedef union {
    struct {
        uint8_t magic, opcode;
        uint16_t keylen;
        uint8_t extlen, datatype;
        uint16_t status;
        uint32_t bodylen;
        uint32_t opaque;
        uint64_t cas;
    } response;
    uint8_t bytes[24];
} protocol_binary_response_header;

typedef union {
    struct {
        protocol_binary_response_header header;
        struct {
            uint32_t flags;
        } body;
    } message;
    uint8_t bytes[28];
} protocol_binary_response_get;

#endif
