#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes words_of_rule (rules.hpp) of the contract's page: usage rules.py docs/io-contract.md OUTPUT"""
import json
import pathlib
import re
import sys

RULE = re.compile(r"^(\d+)\. (.*(?:\n {2,}.*)*)", re.MULTILINE)
ANCHOR = re.compile(r'<a id="[^"]*"></a>')


def main(page, output):
    rules = [(int(number), " ".join(ANCHOR.sub("", words).split()))
             for number, words in RULE.findall(pathlib.Path(page).read_text(encoding="utf-8"))]
    if [number for number, _ in rules] != list(range(1, len(rules) + 1)):
        sys.exit(f"{page}: the rules are not numbered from 1")
    lines = [f"        {json.dumps(words, ensure_ascii=False)}," for _, words in rules]
    pathlib.Path(output).write_text("\n".join([
        "// Made of the contract's page by rules.py.",
        '#include "rules.hpp"',
        "",
        "namespace tenon::conformance {",
        "",
        "std::string_view words_of_rule(int rule) {",
        "    static constexpr std::string_view kWords[] = {",
        *lines,
        "    };",
        '    static_assert(std::size(kWords) == kRuleCount);',
        "    return kWords[rule - 1];",
        "}",
        "",
        "}  // namespace tenon::conformance",
        "",
    ]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
