#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py DOCUMENT TESTS HEADER...: the table under the document's last heading has a row for each function that the
headers declare and no other, and each row's test exists: a case of that name, in a file of the folder TESTS that calls the
function (or leaves that to fixture.cpp). What schedules something, and so takes a cookie, is run in matrix_test.cpp too."""
import pathlib
import re
import sys

document, tests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
NAME = r"(?:lcb|lcbvb|vbucket)_\w+"
declared, scheduling = set(), set()
for header in sys.argv[3:]:
    for name, arguments in re.findall(
        rf"^(?:LIBCOUCHBASE_API|LCB_INTERNAL_API)[^(]*[ *]({NAME})\(([^;]*)\);", pathlib.Path(header).read_text(), re.M
    ):
        declared.add(name)
        if re.search(r"const void \*(?:command_)?cookie\b.*(?:cmd|commands|options)\b", arguments, re.S):
            scheduling.add(name)
if len(declared) < 100 or len(scheduling) < 20:
    sys.exit(f"only {len(declared)} functions are declared: the headers are written in another way")

wrong, seen = [], set()
fixture = (tests / "fixture.cpp").read_text()
for row in re.findall(rf"^\| `{NAME}.*$", document.read_text().rpartition("\n## ")[2], re.M):
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
matrix = (tests / "matrix_test.cpp").read_text()
refused = {"lcb_pktfwd3"}  # runs nowhere
wrong += [
    f"{function}: matrix_test.cpp does not run it"
    for function in sorted(scheduling - refused)
    if not re.search(rf"\b{function}\b", matrix)
]
sys.exit("\n".join(wrong) or 0)
