"""The server side of HTTP/2 on the vectors in testdata/hpack and testdata/http2-frames.

    http2.py PATH_OF_H2READ

Every block of fields has to give the fields that its encoder was given; every broken frame has to be answered with an
error that fits, and no good one with any. Exit 77 (skipped) when the vectors are not there.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

SKIPPED = 77
# Good in themselves, but not what a client may send just then: RFC 9113 sections 6.10, 8.4, and 5.1 (idle streams).
OUT_OF_PLACE = ("continuation/", "push_promise/", "data/normal", "rst_stream/normal", "window_update/normal")
DUMMY_BLOCK = "headers/"  # the block of fields is "this is dummy": no HPACK
OPEN_STREAM_ERROR = re.compile(r"goaway:\d+:(\d+)|reset:\d+:(\d+)")
# nghttp2 ignores PRIORITY, which RFC 9113 has deprecated, when we have declined it.
IGNORED = ("priority-frame-size", "priority-frame-stream")


def main():
    """Plays all vectors and prints those that went wrong."""
    root = pathlib.Path(os.environ.get("SALLYPORT_TESTDATA", "../shared/testdata"))
    if not (root / "hpack").is_dir() or not (root / "http2-frames").is_dir():
        print(f"skipped: {root} has no vectors of HTTP/2")
        return SKIPPED
    stories = [json.loads(path.read_text("utf-8")) for path in sorted((root / "hpack").glob("*/*.json"))]
    frames = sorted((root / "http2-frames").glob("*/*.json"))
    wrong = check_stories(stories) + check_frames(root / "http2-frames", frames)
    print("\n".join(wrong + [f"{len(stories)} stories, {len(frames)} frames, {len(wrong)} wrong"]))
    return 1 if wrong or not stories or not frames else 0


def play(lines):
    """What the program printed, line by line."""
    done = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, check=True, text=True,
                          encoding="latin1")
    return done.stdout.splitlines()


def check_stories(stories):
    """What is wrong with the heads of the stories."""
    lines = []
    for story in stories:
        lines += ["new"] + ["head " + case["wire"] for case in story["cases"]]
    cases = [case for story in stories for case in story["cases"]]
    printed = play(lines)
    wrong = [] if len(printed) == len(cases) else [f"{len(printed)} heads of {len(cases)}"]
    for case, line in zip(cases, printed):
        expected = message_of(case["headers"])
        if line != expected:
            wrong.append(f"{case['wire'][:60]}: wanted {expected!r}, got {line!r}")
    return wrong


def message_of(headers):
    """The message that a head has to become: no scheme, cookies joined at the first. Some stories are of SPDY's time and
    speak of the connection, which is refused."""
    if any("connection" in header for header in headers):
        return "refused connection-field"
    fields, cookies = [], []
    pseudo = {}
    for header in headers:
        (name, value), = header.items()
        if name.startswith(":"):
            pseudo[name] = value
        elif name == "cookie" and cookies:
            cookies.append(value)
        elif name != "host":
            fields.append([name, value])
            if name == "cookie":
                cookies.append(value)
    for field in fields:
        if field[0] == "cookie":
            field[1] = "; ".join(cookies)
    order = [(name, pseudo[name]) for name in (":method", ":authority", ":path")]
    return "\t".join(f"{name}={value}" for name, value in order + fields)


def check_frames(root, paths):
    """What is wrong with the answers to single frames."""
    wrong = []
    for path in paths:
        case = json.loads(path.read_text("utf-8"))
        name = str(path.relative_to(root))
        heard = play(["new", "open", "frame " + case["wire"]])[-1]
        found = OPEN_STREAM_ERROR.search(heard)
        code = int(found.group(1) or found.group(2)) if found else None
        if case["error"] is None:
            is_good = name.startswith(OUT_OF_PLACE + (DUMMY_BLOCK,)) or code is None
        else:
            is_good = code in case["error"] or path.stem in IGNORED
        if not is_good:
            wrong.append(f"{name}: wanted {case['error']}, heard {heard!r}")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
