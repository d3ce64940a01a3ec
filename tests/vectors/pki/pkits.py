"""The cases of NIST's PKITS (testdata/pkits) that are about revocation lists, through the index that the gateway uses."""
import csv
import os
import pathlib
import subprocess
import sys

TIME = "1302825600"  # 2011-04-15
AREAS = ("basic-revocation", "self-issued-revocation", "distribution-points", "delta-crl")
SKIPPED = 77

# Good certificates that only an indirect list speaks for, which is not supported: they are refused.
INDIRECT = {"4.14.22", "4.14.24", "4.14.25", "4.14.28", "4.14.29", "4.14.30", "4.14.33"}


def verdict(program, folder, row):
    """The reason's label."""
    certificates = [folder / "certs" / f"{name}.crt" for name in [row["leaf"], *listed(row["intermediates"])]]
    lists = [folder / "crls" / f"{name}.crl" for name in listed(row["crls"])]
    done = subprocess.run([program, folder / "certs" / f"{row['anchor']}.crt", TIME, *certificates, "--", *lists],
                          capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr}", done.stderr


def listed(text):
    return [] if text == "-" else text.split(",")


def main(program):
    folder = pathlib.Path(os.environ["SALLYPORT_TESTDATA"]) / "pkits"
    if not folder.is_dir():
        print("skipped: there is no testdata/pkits")
        return SKIPPED
    with open(folder / "cases.tsv", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t") if row["area"] in AREAS]
    wrong = 0
    for row in rows:
        got, said = verdict(program, folder, row)
        expected = "reject" if row['#id'] in INDIRECT else row["expect"]
        if (got == "none") != (expected == "ok") or got.startswith("failed"):
            wrong += 1
            print(f"{row['#id']} {row['name']}: {got}, expected {row['expect']} {said}")
    print(f"{len(rows)} cases, {wrong} wrong, {len(INDIRECT)} refused because indirect lists are not supported")
    return 1 if wrong or not rows else 0


sys.exit(main(sys.argv[1]))
