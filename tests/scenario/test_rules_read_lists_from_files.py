"""A value that begins with "@" is a file with one value in each line; ten thousand of them are as good as one, and what is
wrong with a line is said with its place."""
import pytest

from harness import client
from harness.gateway import command
from harness.world import REQUIRED

RULED = REQUIRED.replace("    routes:\n", "{rules}\n    routes:\n")


def test_the_values_of_a_list_count(world):
    """With comments and empty lines; and another list after a reload."""
    alice, bob = world.issue("alice"), world.issue("bob")
    banned = world.folder / "banned.txt"
    banned.write_text(f"# stolen laptops\n\n  {alice.fingerprint.upper()}  \n")
    gateway = world.gateway(RULED, backend=world.recorder().address, rules=f'    deny: {{ fingerprint: "@{banned}" }}')
    assert client.refused_alert(gateway.port, world.context(alice)) == 46
    assert client.get_once(gateway.port, world.context(bob))[0] == 200
    banned.write_text(f"{bob.fingerprint}\r\n")
    gateway.reloaded()
    assert client.get_once(gateway.port, world.context(alice))[0] == 200
    assert client.refused_alert(gateway.port, world.context(bob)) == 46


def test_ten_thousand_values_and_ten_thousand_rules(world):
    """Both are looked up."""
    alice, bob = world.issue("alice"), world.issue("bob", names=["spiffe://example.com/c/bob"])
    banned = world.folder / "banned.txt"
    banned.write_text("".join(f"{number:064x}\n" for number in range(10000)) + alice.fingerprint + "\n")
    rules = [f'      - allow: {{ spiffe: "spiffe://example.com/c/{number}" }}' for number in range(10000)]
    gateway = world.gateway(RULED, backend=world.recorder().address, rules="\n".join(
        ["    rules:", f'      - deny: {{ fingerprint: "@{banned}" }}', *rules,
         '      - allow: { spiffe: "spiffe://example.com/c/bob" }']))
    assert client.get_once(gateway.port, world.context(bob))[0] == 200
    assert client.refused_alert(gateway.port, world.context(alice)) == 46
    assert gateway.refusal(reason="policy")["config"] == gateway.place_of("deny: ", "{ fingerprint")


@pytest.mark.parametrize("text, said", [
    ("alice\n\n  a\\b\n", '{list}:3:3: "subject.cn": a "\\" stands before "*", "@" or another "\\" only; found "a\\b"'),
    ("# nobody\n", "the list {list} has no values"),
    ("\ufeffalice\n", "{list}:1:1: the line begins with a byte order mark: save the file without it"),
    ("@more.txt\n", '{list}:1:1: a list cannot name another one; "\\@" begins a value with "@"'),
    ("", "{list} is empty"),
])
def test_a_broken_list_is_refused_with_its_line(world, text, said):
    """By `check`, before anybody is let in by it."""
    path = world.folder / "names.txt"
    path.write_text(text)
    gateway = world.prepared(RULED, backend="127.0.0.1:9", rules=f'    allow: {{ subject.cn: "@{path}" }}')
    answer = command("check", "-c", gateway.path)
    assert answer.returncode == 1 and said.replace("{list}", str(path)) in answer.stdout + answer.stderr


def test_a_missing_list_is_refused(world):
    """It is not an empty one."""
    gateway = world.prepared(RULED, backend="127.0.0.1:9", rules='    deny: { subject.cn: "@nowhere.txt" }')
    assert "nowhere.txt cannot be read" in gateway.refuse_to_start()
