"""clang-format's opinion. Tables (*_table.h) are wide on purpose and left alone."""
import shutil
import subprocess

from . import source


def check(root, _build, write):
    """All C files but tables; with write they are put into shape."""
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program:
        return ["clang-format is not installed"], ""
    files = [path for path in source.files_of(root, "src", "lib", "include", "tests", "fuzz", "bench")
             if not path.name.endswith("_table.h")]
    if files and write:
        subprocess.run([program, "-i", *files], check=True)
    violations = [f"{path.relative_to(root)}: run `make format`" for path in files if is_out_of_shape(program, path)]
    return violations, f"{len(files)} files"


def is_out_of_shape(program, path):
    """Whether clang-format would change the file."""
    shaped = subprocess.run([program, path], capture_output=True, text=True, check=True).stdout
    return shaped != path.read_text(encoding="utf-8")
