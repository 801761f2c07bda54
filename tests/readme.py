#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that what a document shows and names is there: usage readme.py ROOT DOCUMENT…

Before a block that shows code stands <!-- path/of/the/file -->: the block's lines must stand in that file in a row, give
or take a common indentation. Or <!-- path/of/the/file#region -->: then they must be all the lines between "#region region"
and "#endregion" there. A path in backquotes that has a slash in it must exist, and so must what a link leads to.
"""
import pathlib
import re
import sys
import textwrap

BLOCK = re.compile(r"<!-- ([^\s#]+)(?:#(\S+))? -->\n+```\w*\n(.*?)```", re.DOTALL)
PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
REGION = r"^[^\n]*#region {}\b[^\n]*\n(.*?)^[^\n]*#endregion\b"


def read(file):
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def dedented(lines):
    return textwrap.dedent("\n".join(lines)).splitlines()


def shown_as_it_is(block, region, text):
    wanted = dedented(block.splitlines())
    if region:
        found = re.findall(REGION.format(re.escape(region)), text, re.DOTALL | re.MULTILINE)
        return len(found) == 1 and dedented(found[0].splitlines()) == wanted
    lines = text.splitlines()
    return any(dedented(lines[i:i + len(wanted)]) == wanted for i in range(len(lines)))


def leads_somewhere(file, anchor):
    if not anchor:
        return file.exists()
    text = read(file)
    slugs = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)]
    return anchor in slugs or f'<a id="{anchor}">' in text


def cases(root, document):
    text = read(root / document)
    for path, region, block in BLOCK.findall(text):
        name = f"{path}#{region}" if region else path
        yield f"{document} shows {name}", shown_as_it_is(block, region, read(root / path))
    for path in sorted(set(PATH.findall(text))):
        yield f"{document} names {path}", (root / path).exists()
    for target, anchor in sorted(set(LINK.findall(text))):
        file = (root / document).parent / target if target else root / document
        yield f"{document} leads to {target}#{anchor}", leads_somewhere(file, anchor)


def main(root, documents):
    passed = failed = 0
    for document in documents:
        for name, ok in cases(root, document):
            passed, failed = passed + ok, failed + (not ok)
            if not ok:
                print(f"FAILED: {name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
