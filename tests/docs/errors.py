#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the tables of errors: usage errors.py ROOT. Each errc has one row in docs/operations-and-errors.md, whose C name is
what the C face makes of it."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
read = lambda path: (root / path).read_text(encoding="utf-8")
declared = re.findall(r"^    (\w+)(?: = 0x\w+)?,", read("core/base/include/tenon/errc.hpp"), re.MULTILINE)
made = {}
waiting = []
for name, error in re.findall(r"case errc::(\w+):(?: return (\w+);)?", read("core/api/couchbase2/src/error.cpp")):
    waiting.append(name)
    if error:
        made.update(dict.fromkeys(waiting, error))
        waiting = []
rows = re.findall(r"^\| `(\w+)` \| `(LCB_\w+)` \|", read("docs/operations-and-errors.md"), re.MULTILINE)

wrong = [f"{name}: {len([row for row in rows if row[0] == name])} rows" for name in declared
         if [row[0] for row in rows].count(name) != 1]
wrong += [f"{name}: {error} in the document, {made.get(name)} in the code" for name, error in rows
          if made.get(name) != error]
named = set(re.findall(r"LCB_\w+", read("docs/operations-and-errors.md")))
wrong += [f"{error}: the document does not name it" for error in sorted(set(made.values()) - named)]
if len(declared) < 30 or not made:
    wrong.append("the sources are written in another way")
for line in wrong:
    print(f"FAILED: {line}")
print(f"{len(rows)} passed, {len(wrong)} failed")
sys.exit(1 if wrong else 0)
