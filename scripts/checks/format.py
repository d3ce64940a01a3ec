"""clang-format's opinion, and comments within the column limit. Tables (*_table.h) are wide on purpose."""
import shutil
import subprocess

from . import comment_width, source


def check(root, _build, write):
    """All C files but tables; with write they are put into shape."""
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program:
        return ["clang-format is not installed"], ""
    files = [path for path in source.files_of(root, "src", "lib", "include", "tests", "fuzz", "bench")
             if not path.name.endswith("_table.h")]
    wrong = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        shaped = shape(program, path, text)
        if shaped != text and write:
            path.write_text(shaped, encoding="utf-8")
        elif shaped != text:
            wrong.append(f"{path.relative_to(root)}: run `make format`")
    return wrong, f"{len(files)} files"


def shape(program, path, text):
    """The text as it should be."""
    result = subprocess.run([program, f"--assume-filename={path}"], input=comment_width.wrap(text),
                            capture_output=True, text=True, check=True)
    return result.stdout
