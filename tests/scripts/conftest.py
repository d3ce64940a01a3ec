"""A small tree that keeps every rule; each test breaks one and expects to be told."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECK = ROOT / "scripts/check"

LAYERS = """# comment
base:
os: base
io: base os
bin: base os io
bin/supervisor*: base os

<yaml.h> io/document
<openssl/*> io
"base/secret.h" base/secret io/vault
"""
HEADER = """/* {folder}/{name}: made for a test. */
#ifndef {guard}_H
#define {guard}_H
/* Returns one. */
int {name}_one(void);
#endif
"""
SOURCE = """/* {folder}/{name}: made for a test. */
#include "{folder}/{name}.h"

int {name}_one(void) {{
    return 1;
}}
"""


class Tree:
    """The tree, and what tests do with it."""

    def __init__(self, root):
        self.root = root
        self.write("LAYERS", LAYERS)
        self.write(".clang-format", (ROOT / ".clang-format").read_text())
        for folder, name in (("base", "buf"), ("os", "fd"), ("io", "loop"), ("io", "tcp")):
            self.module(folder, name)

    def write(self, path, text):
        """Writes one file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def append(self, path, text):
        """Adds to the end of one file."""
        self.write(path, (self.root / path).read_text() + text)

    def module(self, folder, name, header="", source=""):
        """Writes a good header and source, with more text at their ends."""
        words = {"folder": folder, "name": name, "guard": f"{folder}_{name}".upper()}
        self.write(f"src/{folder}/{name}.h", HEADER.format(**words).replace("#endif", header + "#endif"))
        self.write(f"src/{folder}/{name}.c", SOURCE.format(**words) + source)
        self.list(f"src/{folder}", f"'{name}.c'")

    def list(self, folder, name):
        """Adds a name to a folder's meson.build."""
        listing = self.root / folder / "meson.build"
        self.write(f"{folder}/meson.build", (listing.read_text() if listing.exists() else "") + name + "\n")

    def compile(self):
        """Compiles every source to where Meson would put its object."""
        for path in sorted((self.root / "src").rglob("*.c")):
            folder = path.parent.name
            target = self.root / f"build/release/src/{folder}/lib{folder}.a.p/{path.name}.o"
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["gcc", "-w", "-I", self.root / "src", "-c", path, "-o", target], check=True)

    def check(self, *arguments):
        """Runs scripts/check over the tree."""
        command = [sys.executable, CHECK, "--root", self.root, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def passes(self, name):
        """Expects the check to find nothing."""
        result = self.check(name)
        assert result.returncode == 0, result.stdout + result.stderr

    def fails(self, name, *sentences):
        """Expects the check to fail and to say each of the sentences."""
        result = self.check(name)
        assert result.returncode == 1, result.stdout + result.stderr
        for sentence in sentences:
            assert sentence in result.stdout


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)
