"""Files of at most 600 lines, functions of at most 80 (from the signature to the closing brace, all lines counted)."""
import math
import statistics

from . import source

MOST_FILE_LINES = 600
MOST_FUNCTION_LINES = 80
MOST_MEDIAN_LINES = 15
MOST_PERCENTILE_90_LINES = 40
FEWEST_TO_JUDGE = 20  # with fewer functions the median says nothing


def check(root, _build, _write):
    """All C files, and the Python of the scripts, tests and bench; the median is that of src/."""
    violations = []
    lengths = []
    scripts = [path for folder in ("scripts", "tests", "bench") for path in sorted((root / folder).rglob("*.py"))]
    for path in source.files_of(root, "src", "lib", "include", "tests", "fuzz", "bench") + scripts:
        name = path.relative_to(root)
        lines = source.read(path).count("\n")
        if lines > MOST_FILE_LINES:
            violations.append(f"{name}: {lines} lines, more than {MOST_FILE_LINES}")
        if path.suffix == ".py":
            continue
        for item in (item for item in source.items(path) if item.has_body):
            length = item.last_line - item.first_line + 1
            if name.parts[0] == "src":
                lengths.append(length)
            if length > MOST_FUNCTION_LINES:
                violations.append(f"{name}:{item.first_line}: {item.name} has {length} lines, "
                                  f"more than {MOST_FUNCTION_LINES}")
    return judge(lengths, violations)


def judge(lengths, violations):
    """Adds the verdict on the lengths as a whole."""
    if not lengths:
        return violations, "no functions"
    median = statistics.median(lengths)
    percentile = sorted(lengths)[math.ceil(len(lengths) * 0.9) - 1]
    if len(lengths) >= FEWEST_TO_JUDGE and median > MOST_MEDIAN_LINES:
        violations.append(f"the median function has {median:g} lines, more than {MOST_MEDIAN_LINES}")
    if len(lengths) >= FEWEST_TO_JUDGE and percentile > MOST_PERCENTILE_90_LINES:
        violations.append(f"the 90th percentile of the functions' lengths is {percentile}, "
                          f"more than {MOST_PERCENTILE_90_LINES}")
    return violations, f"{len(lengths)} functions, median {median:g}, 90 % at most {percentile}, longest {max(lengths)}"
