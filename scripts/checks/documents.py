"""Generated documents are what the program's own tables say today."""
import subprocess

DOCUMENTS = {
    "docs/settings.md": "--settings-md",
    "docs/reasons.md": "--reasons-md",
    "docs/messages.md": "--messages-md",
    "docs/settings.schema.json": "--json-schema",
}


def check(root, build, write):
    """Compares each document with what `sallyport describe` prints; with write it is written."""
    program = build / "src/bin/sallyport"
    if not program.exists():
        return [], "skipped: sallyport is not built yet"
    violations = []
    for name, option in DOCUMENTS.items():
        result = subprocess.run([program, "describe", option], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        path = root / name
        if result.returncode != 0 or not result.stdout:
            violations.append(f"sallyport describe {option} failed: {result.stderr.strip()}")
        elif write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(result.stdout, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != result.stdout:
            violations.append(f"{name} is out of date: run `make docs`")
    return violations, f"{len(DOCUMENTS)} documents"
