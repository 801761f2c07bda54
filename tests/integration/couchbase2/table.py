#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py DOCUMENT TESTS HEADER...: the table under the document's last heading has a row for each function that the headers declare and no
other, and each row's test exists: a case of that name, in a file of the folder TESTS that calls the function (or leaves
that to fixture.cpp)."""
import pathlib
import re
import sys

document, tests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
declared = set()
for header in sys.argv[3:]:
    declared |= set(re.findall(r"^(?:LIBCOUCHBASE_API|LCB_INTERNAL_API)[^(]*[ *](lcb_\w+)\(", pathlib.Path(header).read_text(), re.M))
if len(declared) < 100:
    sys.exit(f"only {len(declared)} functions are declared: the headers are written in another way")

wrong, seen = [], set()
fixture = (tests / "fixture.cpp").read_text()
for row in re.findall(r"^\| `lcb_.*$", document.read_text().rpartition("\n## ")[2], re.M):
    function, _, test = (cell.strip() for cell in row.strip("|").split(" | "))
    function = function.strip("`")
    seen.add(function)
    name, _, case = test.partition(": ")
    file = tests / name.strip("`")
    if not file.is_file():
        wrong.append(f"{function}: there is no file {name}")
        continue
    text = file.read_text()
    if not re.search(r"TEST_CASE(?:_FIXTURE)?\((?:\w+, )?\"" + re.escape(case) + r"\"\)", text):
        wrong.append(f"{function}: {name} has no case \"{case}\"")
    if not re.search(rf"\b{function}\b", text) and not re.search(rf"\b{function}\b", fixture):
        wrong.append(f"{function}: {name} does not call it")
wrong += [f"{function}: declared, but in no row" for function in sorted(declared - seen)]
wrong += [f"{function}: in a row, but not declared" for function in sorted(seen - declared)]
sys.exit("\n".join(wrong) or 0)
