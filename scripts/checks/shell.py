"""shellcheck over the shell scripts."""
import shutil
import subprocess


def check(root, _build, _write):
    """Every file of scripts/, .ci/, bench/ and examples/ that begins as a shell script does."""
    if not shutil.which("shellcheck"):
        return ["shellcheck is not installed"], ""
    files = [path for folder in ("scripts", ".ci", "bench", "examples", "packaging", "tests")
             for path in sorted((root / folder).rglob("*")) if path.is_file() and is_shell(path)]
    if not files:
        return [], "no shell scripts"
    result = subprocess.run(["shellcheck", "-f", "gcc", *files], capture_output=True, text=True)
    return [line.replace(f"{root}/", "") for line in result.stdout.splitlines()], f"{len(files)} scripts"


def is_shell(path):
    """Whether the file begins with the line of a shell."""
    with path.open("rb") as file:
        return file.readline(64).rstrip() in (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash")
