"""What was revoked stays revoked: over restarts, deaths of workers and of control, crashes in the middle of a line; and
a list that is damaged is never a shorter list."""
import os
import signal

from harness import client
from harness.gateway import command
from harness.waiting import until
from harness.world import REQUIRED


def keeping(world, **values):
    """A gateway of two workers with a state directory, not started."""
    state = world.folder / "state"
    state.mkdir(exist_ok=True)
    return world.prepared(f'workers: 2\nstate_directory: "{state}"\n' + REQUIRED, backend=world.recorder().address,
                          **values), state / "denylist"


def revoke(gateway, *words):
    """`sallyport revoke`, which has to succeed."""
    done = command("revoke", *words, "--socket", gateway.socket_path)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_restart_forgets_nothing_and_the_first_request_knows(world):
    """The very first connection is refused, also when the list takes its time to read."""
    gateway, book = keeping(world)
    gateway.start()
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice", "--reason", "lost")
    gateway.stop()
    grow(book, 60000)
    kept = book.read_bytes()
    again, _ = keeping(world)
    again.start()
    assert client.refused_alert(again.port, settings) == 44
    assert again.status()["deny_list"]["generation"] == 60001
    assert book.read_bytes() == kept


def test_a_new_worker_knows_before_it_accepts(world):
    """Every connection after the deaths of all workers is refused."""
    gateway, _ = keeping(world)
    gateway.start()
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice")
    before = gateway.children()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    for _ in range(6):
        assert client.refused_alert(gateway.port, settings) == 44
    until(lambda: not set(before) & set(gateway.children()), 20, "new workers")


def test_a_new_control_process_goes_on(world):
    """With the same list, in which nothing is lost; what is in force stays in force meanwhile."""
    gateway, _ = keeping(world)
    gateway.start()
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice")
    goes_on(gateway, settings)


def goes_on(gateway, settings):
    """Kills control; the list is there before and after its successor is."""
    before = gateway.children("control")
    os.kill(before[0], signal.SIGKILL)
    assert client.refused_alert(gateway.port, settings) == 44

    def is_back():
        asked = command("status", "--json", "--socket", gateway.socket_path)
        return asked.returncode == 0 and '"entries":1' in asked.stdout

    until(is_back, 20, "a new control process")
    assert gateway.children("control") != before
    assert "in force in" in revoke(gateway, "cn=bob")
    assert '"generation":2' in command("denied", "--json", "--socket", gateway.socket_path).stdout
    assert client.refused_alert(gateway.port, settings) == 44


def test_a_new_control_process_goes_on_without_a_state_directory(world):
    """The supervisor keeps the list for it."""
    gateway = world.gateway(backend=world.recorder().address)
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice")
    goes_on(gateway, settings)


def test_a_line_that_a_crash_cut_is_left_out(world):
    """It was never answered. What was, is there, and the list goes on."""
    gateway, book = keeping(world)
    gateway.start()
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice")
    gateway.stop()
    kept = book.read_bytes()
    book.write_bytes(kept + b"2\t2026-01-01T00:00:00.000Z\t0\trele")
    again, _ = keeping(world)
    again.start()
    assert "a line that a crash cut" in again.stderr()
    assert client.refused_alert(again.port, settings) == 44
    revoke(again, "cn=bob")
    assert book.read_bytes().startswith(kept + b"2\t")


def test_a_damaged_list_is_a_refused_start(world):
    """With file and line; whatever was changed, taken out or put in."""
    gateway, book = keeping(world)
    gateway.start()
    for name in ("alice", "bob", "carol"):
        revoke(gateway, f"cn={name}")
    gateway.stop()
    lines = book.read_bytes().splitlines(keepends=True)
    damaged = {
        "a value": (3, b"".join(lines).replace(b"\tbob\t", b"\trob\t")),
        "a line gone": (3, b"".join(lines[:2] + lines[3:])),
        "a line twice": (4, b"".join(lines[:3] + lines[2:])),
        "a forged line": (5, b"".join(lines) + b"4\t2026-01-01T00:00:00.000Z\t0\trelease\tcn\tbob\t-\t\t0123456789abcdef\n"),
        "no head": (1, b"".join(lines[1:])),
        "something else": (1, b"hello\n"),
    }
    for what, (line, content) in damaged.items():
        book.write_bytes(content)
        again, _ = keeping(world)
        said = again.refuse_to_start()
        assert f"{book}:{line}: The deny-list is damaged: " in said, (what, said)
        assert book.read_bytes() == content


def test_a_list_damaged_under_a_running_gateway_stays_in_force(world):
    """A new control process cannot read it: no change is taken, nobody is let in."""
    gateway, book = keeping(world)
    gateway.start()
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice")
    with open(book, "r+b") as file:
        file.seek(-20, os.SEEK_END)
        file.write(b"x")
    os.kill(gateway.children("control")[0], signal.SIGKILL)

    def refuses():
        asked = command("revoke", "cn=bob", "--socket", gateway.socket_path)
        return "The deny-list is damaged" in asked.stderr

    until(refuses, 20, "the new control process to refuse")
    assert client.refused_alert(gateway.port, settings) == 44
    assert "damaged" in gateway.status()["deny_list"]["fault"]


def test_a_worker_that_does_not_confirm_is_named(world):
    """The list is in force where it can be; the command fails and says who is late."""
    gateway, _ = keeping(world)
    gateway.start()
    stopped = gateway.children()[1]
    os.kill(stopped, signal.SIGSTOP)
    try:
        late = command("revoke", "cn=alice", "--socket", gateway.socket_path)
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert late.returncode == 1
    assert "in force in 1 worker" in late.stderr and "NOT confirmed in time by worker 2" in late.stderr
    for _ in range(6):
        assert client.refused_alert(gateway.port, world.context(world.issue())) == 44


def test_two_gateways_do_not_share_a_list(world):
    """The second does not start."""
    gateway, _ = keeping(world)
    gateway.start()
    second, _ = keeping(world)
    assert "in use by another gateway" in second.refuse_to_start()


def test_a_directory_that_others_may_write_to_is_refused(world):
    """At load, with line and column."""
    gateway, book = keeping(world)
    book.parent.chmod(0o777)
    assert f"{gateway.path}:{gateway.line_of('state_directory')}:18: The state directory" in gateway.refuse_to_start()
    book.parent.chmod(0o700)


def test_a_long_book_is_written_anew(world):
    """Changes go on, before and after a restart; the file does not grow without end."""
    gateway, book = keeping(world)
    gateway.start()
    settings = world.context(world.issue())
    revoke(gateway, "cn=alice")
    gateway.stop()
    again, _ = keeping(world)
    grow(book, 12000)
    size = book.stat().st_size
    again.start()
    revoke(again, "cn=bob")
    until(lambda: book.stat().st_size < size / 10, 20, "the book to be written anew")
    revoke(again, "cn=carol")
    assert client.refused_alert(again.port, settings) == 44
    again.stop()
    third, _ = keeping(world)
    third.start()
    assert third.status()["deny_list"]["entries"] == 3
    assert client.refused_alert(third.port, settings) == 44


def grow(book, count):
    """Adds so many changes that cancel each other, as a gateway of long standing would have."""
    lines = book.read_bytes().splitlines()
    check = int(lines[-1].rsplit(b"\t", 1)[1], 16)
    grown = list(lines)
    for number in range(2, count + 2):
        verb = b"hold" if number % 2 == 0 else b"release"
        text = b"%d\t2026-01-01T00:00:00.000Z\t0\t%s\tcn\tx\t-\t\t" % (number, verb)
        check = check_of(check, text)
        grown.append(text + b"%016x" % check)
    book.write_bytes(b"\n".join(grown) + b"\n")


def check_of(check, data):
    """The check of a line after that of the line before it, by another hand than the gateway's (FNV-1a)."""
    check ^= 0xCBF29CE484222325
    for byte in data:
        check = (check ^ byte) * 0x100000001B3 % (1 << 64)
    return check
