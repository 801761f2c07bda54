#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the code shown in a document is code that is compiled: usage readme.py ROOT DOCUMENT…

Before a block that shows a file stands <!-- path/of/the/file -->; the block's lines must stand in that file in a row,
give or take a common indentation. A path in backquotes that has a slash in it must exist.
"""
import pathlib
import re
import sys
import textwrap

BLOCK = re.compile(r"<!-- (\S+) -->\n+```\w*\n(.*?)```", re.DOTALL)
PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")


def shown_as_it_is(block, text):
    wanted = textwrap.dedent(block).splitlines()
    lines = text.splitlines()
    return any(textwrap.dedent("\n".join(lines[i:i + len(wanted)])).splitlines() == wanted for i in range(len(lines)))


def main(root, documents):
    passed = failed = 0
    for document in documents:
        text = (root / document).read_text(encoding="utf-8")
        cases = [(f"{document} shows {path}", (root / path).is_file()
                  and shown_as_it_is(block, (root / path).read_text(encoding="utf-8")))
                 for path, block in BLOCK.findall(text)]
        cases += [(f"{document} names {path}", (root / path).exists()) for path in sorted(set(PATH.findall(text)))]
        for name, ok in cases:
            passed, failed = passed + ok, failed + (not ok)
            if not ok:
                print(f"FAILED: {name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
