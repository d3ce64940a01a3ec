"""The values of Client-Cert and Client-Cert-Chain against the cases in testdata/rfc9440.

    rfc9440.py PATH_OF_CLIENTCERT

Exit 77 (skipped) when the vectors are not there.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys

SKIPPED = 77


def main():
    """Encodes every case's path and compares."""
    path = pathlib.Path(os.environ.get("SALLYPORT_TESTDATA", "../shared/testdata")) / "rfc9440" / "vectors.json"
    if not path.is_file():
        print(f"skipped: {path} is not there")
        return SKIPPED
    vectors = json.loads(path.read_text(encoding="utf-8"))
    certificates = [der(pem) for pem in vectors["certificates_pem"]]
    cases = vectors["cases"]
    stdin = "".join(" ".join(certificates[i].hex() for i in told(case)) + "\n" for case in cases)
    lines = subprocess.run([sys.argv[1]], input=stdin, capture_output=True, text=True, check=True).stdout.splitlines()
    wanted = [f"{case['client_cert']}\t{case['client_cert_chain'] or '-'}" for case in cases]
    wrong = [case["name"] for case, line, want in zip(cases, lines, wanted) if line != want]
    if len(lines) != len(cases):
        wrong.append(f"{len(lines)} answers to {len(cases)} cases")
    print("\n".join(wrong + [f"{len(cases)} cases, {len(wrong)} wrong"]))
    return 1 if wrong else 0


def der(pem):
    """The bytes inside of a PEM block."""
    return base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))


def told(case):
    """Indices of the certificates that the backend is told: our path has the leaf, and the anchor where it is sent."""
    if not case["send_chain"]:
        return case["chain"][:1]
    return case["chain"][:-1] if case["omit_anchor"] else case["chain"]


if __name__ == "__main__":
    sys.exit(main())
