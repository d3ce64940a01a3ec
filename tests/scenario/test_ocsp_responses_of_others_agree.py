"""The OCSP responses of testdata/ocsp through `sallyport verify --ocsp-response`: each gets its verdict, and what is wrong
is said. The suite's own time is two months after its good answers ended, which it does not look at; we do."""
import base64
import csv
import datetime
import json
import subprocess

import pytest
from cryptography.x509 import ocsp

from harness.gateway import SALLYPORT, TESTDATA

OCSP = TESTDATA / "ocsp"
SUITE_TIME = 1355875200

# What the cases of a kind (the beginning of their names) are refused for.
REASONS = {
    "ISOP": {"ocsp-bad-answer"},
    "WRID": {"ocsp-bad-answer"},
    "WINH": {"ocsp-bad-answer"},
    "WIKH": {"ocsp-bad-answer"},
    "WKDOSC": {"ocsp-bad-answer"},
    "ISDOSC": {"ocsp-bad-answer"},
    "WSNIC": {"certificate-unknown-issuer"},
    "WKIC": {"certificate-bad-signature"},
}


def rows():
    """The cases."""
    if not OCSP.exists():
        pytest.skip(f"{OCSP} is absent")
    with open(OCSP / "cases.tsv", encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter="\t"))


def judge(row, response, time):
    """The reason that the command gives. The chains are as old as the responses, signed with SHA-1, and
    some lack key identifiers."""
    leaf, = OCSP.glob(row["#name"].rsplit("-", 1)[1] + "_Cert_*.pem")
    done = subprocess.run(
        [SALLYPORT, "verify", "--json", "--insecure-sha1", "--profile", "path", "--purpose", "any", "--time", str(time), "--trust",
         OCSP / row["issuer"], "--ocsp-response", response, leaf], capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1), (row, done.stderr)
    answer = json.loads(done.stdout)
    assert answer["accepted"] == (done.returncode == 0) == (answer["reason"] == "none")
    return answer["reason"]


def test_every_case_has_its_verdict_while_its_answer_is_current(tmp_path):
    """54 of 54, a minute after each was made."""
    response = tmp_path / "response"
    cases = rows()
    assert len(cases) == 54
    for row in cases:
        der = base64.b64decode((OCSP / row["response"]).read_text())
        response.write_bytes(der)
        produced = ocsp.load_der_ocsp_response(der).produced_at.replace(tzinfo=datetime.timezone.utc)
        reason = judge(row, response, int(produced.timestamp()) + 60)
        if row["expect"] == "ok":
            assert reason == "none", row
        else:
            assert reason in REASONS[row["#name"].split("-")[0]], (row, reason)


def test_no_case_is_good_when_its_answer_is_too_old(tmp_path):
    """At the suite's time only D2, which ends in 2013, is still good."""
    response = tmp_path / "response"
    good = set()
    for row in rows():
        response.write_bytes(base64.b64decode((OCSP / row["response"]).read_text()))
        reason = judge(row, response, SUITE_TIME)
        if reason == "none":
            good.add(row["#name"])
        elif row["expect"] == "ok":
            assert reason == "ocsp-stale", row
    assert good == {"valid-D2", "ISIC-D2"}


def test_sha1_is_refused_unless_it_is_asked_for(tmp_path):
    """Without the switch neither chain nor response is good enough."""
    row = next(row for row in rows() if row["#name"] == "valid-D2")
    response = tmp_path / "response"
    response.write_bytes(base64.b64decode((OCSP / row["response"]).read_text()))
    leaf, = OCSP.glob("D2_Cert_*.pem")
    done = subprocess.run([SALLYPORT, "verify", "--purpose", "any", "--time", str(SUITE_TIME), "--trust",
                           OCSP / row["issuer"], "--ocsp-response", response, leaf], capture_output=True, timeout=60,
                          check=False)
    assert done.returncode == 1
    assert b"certificate-weak-key" in done.stdout
