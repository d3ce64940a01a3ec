"""The parser's verdicts on the vectors in testdata/http1, and that whatever it passes on is clean.

    http1.py PATH_OF_H1READ

Exit 77 (skipped) when the vectors are not there.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77
FILES = ("desync.json", "llhttp.json", "pico.json")
TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(TOKEN + rb" (/|\*)(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})* HTTP/1\.1")
FIELD = re.compile(rb"(" + TOKEN + rb"): ([\t\x20-\x7e\x80-\xff]*)")
FRAMING = (b"contentlength", b"transferencoding")
NOT_PASSED_ON = "transfer-encoding"  # 501: fine for codings other than chunked, says the vectors' README


def main():
    """Runs all cases through the reader and prints those that went wrong."""
    folder = pathlib.Path(os.environ.get("SALLYPORT_TESTDATA", "../shared/testdata")) / "http1"
    if not folder.is_dir():
        print(f"skipped: {folder} is not there")
        return SKIPPED
    cases = [case for name in FILES for case in json.loads((folder / name).read_text(encoding="utf-8"))]
    raws = [case["raw"].encode("latin1") for case in cases]
    stdin = b"".join(b"%d\n%s" % (len(raw), raw) for raw in raws)
    lines = subprocess.run([sys.argv[1]], input=stdin, capture_output=True, check=True).stdout.decode().splitlines()
    wrong = [] if len(lines) == len(cases) else [f"{len(lines)} verdicts on {len(cases)} cases"]
    for case, line in zip(cases, lines):
        passed_on, verdict = line.split(" ")
        problem = judge(case["want"], bytes.fromhex(passed_on), verdict)
        if problem:
            wrong.append(f"{case['name']}: wanted {case['want']}, got {verdict}: {problem}\n    {case['raw'][:300]!r}")
    print("\n".join(wrong + [f"{len(cases)} cases, {len(wrong)} wrong"]))
    return 1 if wrong else 0


def judge(want, passed_on, verdict):
    """What is wrong, or nothing."""
    if verdict == "unwritable":
        return "read but not written"
    if want == "accept" and not (passed_on and verdict in ("end", "more")) and verdict != NOT_PASSED_ON:
        return "refused"
    if want == "reject" and verdict == "end":
        return "passed on"
    return unclean(passed_on)


def unclean(passed_on):
    """What is wrong with a run of requests, or nothing. Every byte must belong to one of them."""
    while passed_on:
        head, separator, passed_on = passed_on.partition(b"\r\n\r\n")
        if not separator:
            return "no end of the head"
        first, *lines = head.split(b"\r\n")
        if not REQUEST_LINE.fullmatch(first):
            return f"request line {first!r}"
        fields = [FIELD.fullmatch(line) for line in lines]
        if not all(fields):
            return f"fields {lines!r}"
        problem, length, is_chunked = framing([(match.group(1).lower(), match.group(2)) for match in fields])
        if problem:
            return problem
        passed_on = after_chunks(passed_on) if is_chunked else passed_on[length:]
        if passed_on is None:
            return "chunks"
    return None


def framing(fields):
    """(problem, length of the body, whether it is chunked)."""
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    lengths = [value for name, value in fields if name == b"content-length"]
    if len(codings) + len(lengths) > 1 or any(coding != b"chunked" for coding in codings):
        return "framing", 0, False
    if any(re.sub(rb"[^a-z0-9]", b"", name) in FRAMING and name not in (b"transfer-encoding", b"content-length")
           for name, _ in fields):
        return "look-alike", 0, False
    if sum(name == b"host" for name, _ in fields) != 1:
        return "host", 0, False
    return None, int(lengths[0]) if lengths else 0, bool(codings)


def after_chunks(body):
    """What follows a chunked body (which may break off), or None when it is malformed."""
    while body:
        match = re.match(rb"([0-9a-f]+)\r\n", body)
        if not match:
            return None
        size = int(match.group(1), 16)
        body = body[match.end():]
        if size == 0:
            match = re.match(rb"(?:" + FIELD.pattern + rb"\r\n)*\r\n", body)
            return body[match.end():] if match else None
        if body[size:size + 2] != b"\r\n":
            return None
        body = body[size + 2:]
    return body


if __name__ == "__main__":
    sys.exit(main())
