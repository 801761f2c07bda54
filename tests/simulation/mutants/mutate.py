#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks a copy of one of the engine's sources: mutate.py MUTANT SOURCE OUTPUT.

A mutant says in a comment what it breaks, then, after a line "---", the lines that are there, and after a line "+++",
those that come in their place. The lines have to stand in the source exactly once: where the engine has changed, the
mutant has to be written anew, and the build says so.
"""
import sys


def main(mutant, source, output):
    with open(mutant, encoding="utf-8") as file:
        _, _, change = file.read().partition("\n---\n")
    before, found, after = change.partition("+++\n")
    if not found or not before:
        sys.exit(f"{mutant}: not a mutant: it needs a line --- and a line +++")
    with open(source, encoding="utf-8") as file:
        text = file.read()
    if text.count(before) != 1:
        sys.exit(f"{mutant} fits {source} in {text.count(before)} places instead of one: write it anew. It looks for\n{before}")
    with open(output, "w", encoding="utf-8") as file:
        file.write(text.replace(before, after))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
