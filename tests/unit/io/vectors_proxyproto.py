"""Runs the PROXY protocol vectors of the shared test data through proxyproto_lines. Exit 77, "skipped", without the data."""
import ipaddress
import json
import os
import pathlib
import subprocess
import sys

SKIPPED = 77
TEXT_VALUES = ("alpn", "authority", "netns", "tls_version", "cn")
ALLOWED = {
    "proxied": {"proxied"},
    "local": {"local"},
    "unknown": {"local"},
    "either": {"proxied", "local", "bad"},
    "reject": {"bad"},
    "need-more": {"more"},
}


def same_address(got, expected):
    return ipaddress.ip_address(got) == ipaddress.ip_address(expected)


def faults(vector, line):
    """What is wrong with the printed line, as a list of sentences."""
    words = line.split()
    if words[0] not in ALLOWED[vector["expect"]]:
        return [f"expected {vector['expect']}, got {words[0]}"]
    wrong = []
    if words[0] in ("proxied", "local"):
        rest = bytes.fromhex(vector["hex"])[int(words[1]):].hex()
        if rest != vector.get("rest", ""):
            wrong.append(f"payload is {rest!r}")
    if vector["expect"] == "proxied":
        wrong += proxied_faults(vector, words)
    return wrong


def proxied_faults(vector, words):
    source, source_port, destination, destination_port = words[2:6]
    values = dict(word.split("=") for word in words[6:])
    wrong = []
    if not same_address(source, vector["src"]) or int(source_port) != vector["src_port"]:
        wrong.append(f"source is {source} {source_port}")
    if not same_address(destination, vector["dst"]) or int(destination_port) != vector["dst_port"]:
        wrong.append(f"destination is {destination} {destination_port}")
    for name in TEXT_VALUES:
        got = bytes.fromhex(values[name]).decode() if name in values else None
        if got != vector.get(name):
            wrong.append(f"{name} is {got!r}")
    if values.get("unique_id") != vector.get("unique_id"):
        wrong.append(f"unique_id is {values.get('unique_id')!r}")
    if "client_cert" in vector and bool(int(values["client"], 16) & 2) != vector["client_cert"]:
        wrong.append(f"client is {values['client']}")
    if "verified" in vector and (int(values["verify"], 16) == 0) != vector["verified"]:
        wrong.append(f"verify is {values['verify']}")
    return wrong


def main():
    path = pathlib.Path(os.environ["SALLYPORT_TESTDATA"]) / "proxy-protocol" / "vectors.json"
    if not path.exists():
        print(f"skipped: {path} is absent")
        return SKIPPED
    vectors = json.loads(path.read_text())
    hex_lines = "".join(vector["hex"] + "\n" for vector in vectors)
    run = subprocess.run([sys.argv[1]], input=hex_lines, capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert len(lines) == len(vectors)
    failed = 0
    for vector, line in zip(vectors, lines):
        for fault in faults(vector, line):
            print(f"{vector['name']}: {fault}")
            failed = 1
    print(f"{len(vectors)} vectors")
    return failed


sys.exit(main())
