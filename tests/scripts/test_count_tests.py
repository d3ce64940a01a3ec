"""scripts/count_tests: the sum is honest."""
import json
import pathlib
import subprocess

import pytest

COUNT_TESTS = pathlib.Path(__file__).resolve().parents[2] / "scripts/count_tests"
JUNIT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><failure>no</failure></testcase>
<testcase name="c"><error>no</error></testcase><testcase name="d"><skipped>why</skipped></testcase>
</testsuite></testsuites>"""
CMOCKA = """[==========] Running 3 test(s).
[ RUN      ] it_opens
[       OK ] it_opens
[ RUN      ] it_closes
{closes}
[ RUN      ] it_waits
[  SKIPPED ] it_waits
[==========] 3 test(s) run.
[  PASSED  ] 2 test(s).
"""


def count(reports):
    """Exit status and last line."""
    result = subprocess.run([COUNT_TESTS, reports], capture_output=True, text=True)
    return result.returncode, result.stdout.splitlines()[-1]


def write_unit(reports, *programs):
    """Writes a Meson testlog."""
    (reports / "unit.json").write_text("".join(json.dumps(program) + "\n" for program in programs))


@pytest.fixture
def reports(tmp_path):
    return tmp_path


def test_nothing_at_all_is_a_failure(reports):
    assert count(reports) == (1, "0 passed, 1 failed")


def test_each_test_of_a_cmocka_program_counts(reports):
    write_unit(reports, {"name": "fd", "result": "OK", "stdout": CMOCKA.format(closes="[       OK ] it_closes")})
    assert count(reports) == (0, "2 passed, 0 failed, 1 skipped")


def test_a_failed_cmocka_test_counts_once_though_it_is_printed_twice(reports):
    output = CMOCKA.format(closes="[  FAILED  ] it_closes") + "[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] it_closes\n"
    write_unit(reports, {"name": "fd", "result": "FAIL", "stdout": "", "stderr": output})
    assert count(reports) == (1, "1 passed, 1 failed, 1 skipped")


@pytest.mark.parametrize("result", ["FAIL", "TIMEOUT", "ERROR", "INTERRUPT"])
def test_a_crash_after_good_tests_counts_as_a_failure(reports, result):
    write_unit(reports, {"name": "fd", "result": result, "stdout": "[ RUN      ] a\n[       OK ] a\n"})
    assert count(reports) == (1, "1 passed, 1 failed")


def test_a_program_that_is_no_cmocka_test_counts_as_one(reports):
    write_unit(reports, {"name": "fuzz_hello", "result": "OK", "stdout": ""}, {"name": "other", "result": "SKIP"})
    assert count(reports) == (0, "1 passed, 0 failed, 1 skipped")


def test_junit_reports_are_added(reports):
    (reports / "scripts.xml").write_text(JUNIT)
    (reports / "scenario.xml").write_text(JUNIT)
    assert count(reports) == (1, "2 passed, 4 failed, 2 skipped")


def test_a_failed_step_without_a_failed_test_counts(reports):
    write_unit(reports, {"name": "fd", "result": "OK", "stdout": ""})
    (reports / "failed_steps").write_text("clang build\n")
    assert count(reports) == (1, "1 passed, 1 failed")


def test_a_failed_step_with_its_failed_tests_counts_no_more(reports):
    (reports / "scripts.xml").write_text(JUNIT)
    (reports / "failed_steps").write_text("tests of the scripts\n")
    assert count(reports) == (1, "1 passed, 2 failed, 1 skipped")
