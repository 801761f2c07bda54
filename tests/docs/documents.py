#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that what documents show, name and tell to type is so: usage documents.py ROOT BUILD [BROKEN]

Every document is looked at: README.md, docs/*.md, and README.md files of folders. A block of code stands between ```cpp
(or c, sh …) and ```, and a comment above it says what it is:

  <!-- path/of/the/file -->          its lines stand in that file in a row, give or take a common indentation
  <!-- path/of/the/file#region -->   it is all the lines between "#region region" and "#endregion" there
  <!-- program -->                   a whole program: it is compiled, and linked with the library
  <!-- in NAME -->                   a part of one: it is compiled in the place of LISTING in tests/docs/wrappers/NAME.*

C and C++ must be one of these, and what they are an excerpt of must be compiled by the build (or included by what is).
In blocks of sh the commands must exist, and programs of ours must know the options they are given.

A path in backquotes that has a slash in it must exist, and so must what a link leads to.

With BROKEN, a document in which nothing is right, it is the other way round: whatever passes is a failure.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

FENCE = re.compile(r"(?:^<!-- ([^\n]*?) -->\n+)?^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"\n\n(?: {4}\S[^\n]*(?:[;{}]|//[^\n]*)\n)")
PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
REGION = r"^[^\n]*#region {}\b[^\n]*\n(.*?)^[^\n]*#endregion\b"
FLAGS = {"c": ["-std=c99", "-Wpedantic"], "cpp": ["-std=c++20"]}
COMPILERS = {"c": os.environ.get("CC_FOR_TEST", "cc"), "cpp": os.environ.get("CXX_FOR_TEST", "c++")}
SHELL_WORDS = {"cd", "export", "for", "do", "done", "exit", "kill", "wait"}


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


class Build:
    """The build folder: what it compiles, its programs, its libraries."""

    def __init__(self, root, folder):
        self.root = root
        self.folder = folder
        commands = json.loads((folder / "compile_commands.json").read_text(encoding="utf-8"))
        self.compiled = {(folder / command["file"]).resolve() for command in commands}
        targets = json.loads((folder / "meson-info" / "intro-targets.json").read_text(encoding="utf-8"))
        files = [pathlib.Path(name) for target in targets for name in target["filename"]]
        self.programs = {file.name: file for file in files}
        self.libraries = [file for file in files if re.match(r"libtenon(-couchbase2)?\.so", file.name)]
        self.helps = {}

    def compiles(self, file):
        if file.suffix in (".c", ".cpp"):
            return file.resolve() in self.compiled
        include = re.compile(rf'#include ["<]([\w/]+/)?{re.escape(file.name)}[">]')
        return any(include.search(read(source)) for source in self.compiled)

    def knows(self, program, words):
        """Whether `program` is ours and knows the options among `words`."""
        file = self.programs.get(program)
        if file is None or not file.exists():
            return False
        called = (program, *[word for word in words[:1] if word.isalpha()])  # it may have subcommands
        if called not in self.helps:
            command = [file, *called[1:], "--help"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            self.helps[called] = set(re.findall(r"--?[\w-]+", done.stdout + done.stderr))
        return all(word.split("=")[0] in self.helps[called] for word in words if re.match(r"--?\w", word))

    def accepts(self, language, text, whole):
        """Compiles `text`, and links it if it is a whole program; tells what the compiler said on standard output."""
        includes = [folder for pattern in ("io/include", "core/*/include", "core/api/couchbase2/include")
                    for folder in self.root.glob(pattern)]
        with tempfile.TemporaryDirectory() as scratch:
            source = pathlib.Path(scratch) / f"listing.{language}"
            source.write_text(text, encoding="utf-8")
            command = [COMPILERS[language], *FLAGS[language], "-Wall", "-Wextra", "-Werror", source]
            command += [f"-I{folder}" for folder in includes]
            if '#include "' in text:  # a wrapper's, of what is not installed
                command += [f"-I{self.root / folder}" for folder in ("core", "plugins", "tools")]
            command += [*self.libraries, "-o", source.with_suffix("")] if whole else ["-fsyntax-only"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(done.stderr)
            return done.returncode == 0


def listing_holds(root, build, language, marker, block):
    if marker == "program":
        return build.accepts(language, block, True)
    if marker.startswith("in "):
        wrapper = read(root / "tests/docs/wrappers" / f"{marker[3:]}.{language}")
        return wrapper.count("LISTING") == 1 and build.accepts(language, wrapper.replace("LISTING", block), False)
    path, _, region = marker.partition("#")
    file = root / path
    return shown_as_it_is(block, region, read(file)) and (language not in FLAGS or build.compiles(file))


def commands(block):
    """The simple commands of a block of sh, as lists of words."""
    block = re.sub(r"\\\n", " ", block)
    block = re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", block)
    block = re.sub(r"(^|\s)#[^\n]*", r"\1", block)
    inner = re.findall(r"\$\(([^)]*)\)", block)
    block = re.sub(r"\$\([^)]*\)", "TEXT", block)
    for command in re.split(r"[\n;&|]+", "\n".join([block, *inner])):
        words = [word for word in command.split() if word not in ("{", "}")]
        while words and re.match(r"\w+=", words[0]):
            words = words[1:]
        if words:
            yield words


def command_exists(root, build, document, words):
    program = words[0]
    if program.startswith("./"):
        return re.search(rf"-o {re.escape(program[2:])}\b", document) is not None
    if program.startswith("build/"):
        return build.folder / program[len("build/"):] in build.programs.values()
    if program.startswith("tenon"):
        return build.knows(program, words[1:])
    if "/" in program:
        return os.access(root / program, os.X_OK)
    return program in SHELL_WORDS or shutil.which(program) is not None


def cases(root, build, document):
    name = document.relative_to(root)
    text = read(document)
    for marker, language, block in FENCE.findall(text):
        first = next(iter(block.splitlines()), "")
        if language == "sh":
            for words in commands(block):
                yield f"{name}: {' '.join(words)}", command_exists(root, build, text, words)
        elif marker:
            yield f"{name} shows {marker}: {first}", listing_holds(root, build, language, marker, block)
        else:
            yield f"{name} says what this is: {first}", language and language not in FLAGS
    prose = FENCE.sub("", text)
    for block in INDENTED.findall(prose):
        yield f"{name} has code without a fence: {block.strip()}", False
    for path in sorted(set(PATH.findall(prose))):
        yield f"{name} names {path}", re.match(r"(build|BUILD|\.\.)/", path) or (root / path).exists()
    for target, anchor in sorted(set(LINK.findall(prose))):
        file = document.parent / target if target else document
        yield f"{name} leads to {target}#{anchor}", leads_somewhere(file, anchor)


def main(root, folder, broken=None):
    build = Build(root, folder)
    everywhere = ("README.md", "docs/*.md", "[a-z]*/README.md", "tools/*/README.md")
    documents = [broken] if broken else [file for pattern in everywhere for file in sorted(root.glob(pattern))]
    passed = failed = 0
    for document in documents:
        for name, ok in cases(root, build, document):
            ok = bool(ok) != bool(broken)
            passed, failed = passed + ok, failed + (not ok)
            if not ok:
                print(f"FAILED: {name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(argument).resolve() for argument in sys.argv[1:])))
