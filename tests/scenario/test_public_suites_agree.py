"""Two public collections of strange chains, through `sallyport verify`: x509-limbo (testdata/limbo) and NIST's PKITS
(testdata/pkits). Each case gets its verdict, or stands in the table of deviations, which docs/conformance.md gives the
reasons for; no case that must be refused is accepted."""
import concurrent.futures
import csv
import dataclasses
import json
import os
import subprocess

import pytest

from harness.gateway import SALLYPORT, TESTDATA

LIMBO = TESTDATA / "limbo"
PKITS = TESTDATA / "pkits"
PKITS_TIME = "2011-04-15T00:00:00Z"

# Refused with this reason, though the collection would accept them. See docs/conformance.md.
STRICTER = {
    "rfc5280::ca-as-leaf": "certificate-wrong-usage",
    "4.1.4": "certificate-weak-key",
    "4.1.5": "certificate-weak-key",
}

# Rules for matching a server's name do not apply to client.json (its README).
NOT_OF_CLIENTS = ("webpki::cn::", "webpki::san::", "rfc5280::ca-as-leaf-wrong-san", "rfc5280::san::ip-in-dns")
# The list of all domains under which the public may register is not ours to keep.
NOT_OURS = "pedantic-public-suffix-wildcard"


@dataclasses.dataclass
class Case:
    """One chain, as arguments of the command."""
    label: str
    is_good: bool
    arguments: list

    def expected(self):
        """"none", the reason of a deviation, or None: any refusal will do."""
        return STRICTER.get(self.label, "none") if self.is_good else None

    def judge(self):
        """The reason that the command gives."""
        done = subprocess.run([SALLYPORT, "verify", "--json", *self.arguments], capture_output=True, timeout=60,
                              check=False)
        assert done.returncode in (0, 1), (self.label, done.stderr)
        answer = json.loads(done.stdout)
        assert answer["accepted"] == (done.returncode == 0) == (answer["reason"] == "none")
        return answer["reason"]


def differing(cases):
    """Label, expected and given verdict of the cases that were judged otherwise."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        reasons = list(pool.map(Case.judge, cases))
    return [(case.label, case.expected() or "refused", reason) for case, reason in zip(cases, reasons)
            if (reason == "none" if case.expected() is None else reason != case.expected())]


def limbo_arguments(case, folder, is_server):
    """Writes a case's files and gives the arguments that name them."""
    folder.mkdir()
    (folder / "leaf").write_text(case["peer_certificate"])
    (folder / "trust").write_text("\n".join(case["trusted_certs"]))
    arguments = ["--trust", folder / "trust", "--purpose", "server" if is_server else "client",
                 "--profile", "webpki" if case["id"].startswith("webpki::") else "rfc5280"]
    if case.get("untrusted_intermediates"):
        (folder / "untrusted").write_text("\n".join(case["untrusted_intermediates"]))
        arguments += ["--untrusted", folder / "untrusted"]
    for number, crl in enumerate(case.get("crls", [])):
        (folder / f"crl{number}").write_text(crl)
        arguments += ["--crl", folder / f"crl{number}"]
    if case.get("validation_time"):
        text = case["validation_time"]
        arguments += ["--time", text if text.endswith("+00:00") else text + "Z"]
    if case.get("max_chain_depth") is not None:
        arguments += ["--depth", str(case["max_chain_depth"])]
    if "pedantic-webpki-eku" in case.get("features", []):
        arguments += ["--usage", "required"]
    if case["id"].startswith("webpki::cn::"):
        arguments += ["--common-name"]
    if is_server and case.get("expected_peer_name"):
        arguments += ["--name", case["expected_peer_name"]["value"]]
    return [*arguments, folder / "leaf"]


def limbo_cases(name, folder):
    """The cases of client.json or server.json that apply to us."""
    cases = []
    for number, case in enumerate(json.loads((LIMBO / name).read_text())["testcases"]):
        is_server = case["validation_kind"] == "SERVER"
        applies = is_server or not case["id"].startswith(NOT_OF_CLIENTS)
        if applies and NOT_OURS not in case.get("features", []):
            arguments = limbo_arguments(case, folder / str(number), is_server)
            cases.append(Case(case["id"], case["expected_result"] == "SUCCESS", arguments))
    return cases


def pkits_cases():
    """All rows of cases.tsv."""
    cases = []
    with open(PKITS / "cases.tsv", encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            def listed(column, row=row):
                return [] if row[column] == "-" else row[column].split(",")
            arguments = ["--trust", PKITS / "certs" / f"{row['anchor']}.crt", "--time", PKITS_TIME]
            for name in listed("intermediates"):
                arguments += ["--untrusted", PKITS / "certs" / f"{name}.crt"]
            for name in listed("crls"):
                arguments += ["--crl", PKITS / "crls" / f"{name}.crl"]
            for policy in listed("initial_policies"):
                arguments += ["--policy", policy]
            for letter, option in (("E", "--explicit-policy"), ("M", "--inhibit-mapping"), ("A", "--inhibit-any")):
                arguments += [option] if letter in row["flags"] else []
            arguments.append(PKITS / "certs" / f"{row['leaf']}.crt")
            cases.append(Case(row["#id"], row["expect"] == "ok", arguments))
    return cases


@pytest.mark.parametrize("name", ["client.json", "server.json"])
def test_limbo(name, tmp_path):
    """Every case, with the rules of RFC 5280 for issuers, or those of the public web where the case is about them."""
    if not LIMBO.exists():
        pytest.skip(f"{LIMBO} is absent")
    cases = limbo_cases(name, tmp_path)
    assert len(cases) > 80
    assert not differing(cases)


def test_pkits():
    """Every case, policies and revocation included."""
    if not PKITS.exists():
        pytest.skip(f"{PKITS} is absent")
    cases = pkits_cases()
    assert len(cases) == 249
    assert not differing(cases)
