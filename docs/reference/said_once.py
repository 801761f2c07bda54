#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Doxygen's input filter: usage said_once.py HEADER

Fields that many structs have in common, and parameters of many functions, are described once in the headers, for people
who read them from the top. A reference is read from the middle: here each gets its description, unless a comment of its
own stands above or beside it.
"""
import re
import sys

SAID_ONCE = [(re.compile(pattern), text) for pattern, text in {
    # libcouchbase/*.h
    r"const void \*key;": "The item's key: `nkey` bytes.",
    r"(lcb_)?size_t nkey;": "The length of `key`, in bytes.",
    r"const void \*bytes;": "The value: `nbytes` bytes.",
    r"lcb_size_t nbytes;": "The length of `bytes`.",
    r"lcb_cas_t cas;": "The item's CAS.",
    r"lcb_datatype_t datatype;": "What the value is, see lcb_datatype_t.",
    r"const char \*server_endpoint;": "\"host:port\" of the server.",
    r"int version;": "Which member of `v` counts.",
    r"\} v;": "The fields, by version.",
    r"(\w+ )?lcb_\w+ v(\d);": r"The fields of version \2.",
    # tenon/operations.hpp
    r"std::chrono::microseconds timeout\{0\};": "From scheduling to the callback; zero: Options::operation_timeout.",
    r"std::string_view route_key = \{\};": "As Command::route_key.",
    r"std::optional<std::uint16_t> vbucket = \{\};": "As Command::vbucket.",
    r"Cancellation \*cancellation = nullptr;": "Ends it early, with errc::cancelled; null: nothing does.",
}.items()]
# Of functions whose comments describe the other parameters.
PARAMETERS = [(re.compile(pattern), name, text) for pattern, name, text in (
    (r"\blcb_t instance\b", "instance", "whose it is"),
    (r"\bconst void \*command_cookie\b", "command_cookie", "the program's own, for the callbacks"),
    (r"\bconst void \*cookie\b", "cookie", "the program's own, as it was given"),
)]
# typedef struct { … } lcb_GETCMDv0;
VERSION = re.compile(r"\} lcb_\w+v(\d);")


def described(lines, i):
    above = lines[i - 1].strip() if i > 0 else ""
    return "/**" in lines[i] or "///" in lines[i] or above.startswith(("///", "/**", "* ", "*/"))


def said(lines, i):
    line = lines[i].strip()
    for pattern, text in SAID_ONCE:
        found = pattern.fullmatch(line)
        if found:
            return f"{lines[i]} /**< {found.expand(text)} */"
    if line == "typedef struct {":
        end = next(other for other in lines[i:] if other.startswith("}"))
        version = VERSION.fullmatch(end.strip())
        if version:
            return f"/** The fields of version {version[1]}. */ {lines[i]}"
    return lines[i]


def with_parameters(comment):
    """A comment and the declaration behind it. What is added stays on the comment's last line: lines keep their numbers."""
    text, declaration = comment[1], comment[2]
    if "@param" not in text:
        return comment[0]
    added = [f"@param {name} {what}" for pattern, name, what in PARAMETERS
             if pattern.search(declaration) and not re.search(rf"@param {name}\b", text)]
    return "/**" + text + " ".join(["", *added, "*/"]) + declaration


def main(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    text = "\n".join(line if described(lines, i) else said(lines, i) for i, line in enumerate(lines))
    print(re.sub(r"/\*\*(.*?)\*/(\n[^;/]*;)", with_parameters, text, flags=re.DOTALL))


if __name__ == "__main__":
    main(sys.argv[1])
