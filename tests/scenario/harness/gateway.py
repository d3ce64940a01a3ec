"""The real gateway: started, watched, asked, ended. Readiness comes from its own notification, never from a sleep."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from .ports import free_port
from .waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("SALLYPORT_BUILD", ROOT / "build" / "release")).resolve()
SALLYPORT = BUILD / "src" / "bin" / "sallyport"
SUPERVISOR = BUILD / "src" / "bin" / "sallyport-supervisor"
TESTDATA = pathlib.Path(os.environ.get("SALLYPORT_TESTDATA", ROOT / ".." / "shared" / "testdata")).resolve()
# What no story may leave behind: words of the sanitizers, a broken invariant, a child that ended in any other way than
# by the story's own kill or the supervisor's.
FAULTS = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:|sallyport: bug at|"
                    r"(worker \d+|control) \(pid \d+\) ended: (?!killed by signal 9|hung|it does not read)")
SANITIZED = SALLYPORT.exists() and b"__asan_init" in SALLYPORT.read_bytes()
START_SECONDS = 60

# What a configuration gets in front unless it says so itself.
DEFAULTS = {
    "workers": "workers: 1\n",
    "control": "control: { socket: control.sock }\n",
    "drain": "drain: 5s\n",
    "log": "log: { access: access.log, refusals: refusals.log }\n",
}


def command(*arguments, timeout=60, **options):
    """Runs a sallyport command to its end."""
    return subprocess.run([SALLYPORT, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          check=False, **options)


class Gateway:
    """A gateway over the configuration text `config`, in `folder`. {port} in the text is its port."""

    def __init__(self, folder, config, **values):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.values = values
        self.path = self.folder / "sallyport.yaml"
        self.socket_path = self.folder / "control.sock"
        self.process = None
        self.notices = None
        self.heard = []
        self.passed_over = {}
        self.errors = self.folder / "stderr.log"
        self.configure(config)

    def configure(self, config, **values):
        """Writes the configuration; a running gateway goes on with what it has until it is told to reload."""
        self.values.update(values)
        self.config = config
        text = config.replace("{port}", str(self.port))
        for key, value in self.values.items():
            text = text.replace("{" + key + "}", str(value))
        head = "".join(line for key, line in DEFAULTS.items() if f"\n{key}:" not in "\n" + text)
        self.path.write_text(head + text)

    def line_of(self, text):
        """The number of the first line of the configuration that has `text` in it."""
        lines = self.path.read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def place_of(self, key, value):
        """file:line:column of `value` in the first line of the configuration that has `key` before it."""
        number = self.line_of(key + value)
        line = self.path.read_text().splitlines()[number - 1]
        return f"{self.path}:{number}:{line.index(key + value) + len(key) + 1}"

    def launch(self, environment=None, through=(), **options):
        """Starts the processes, by the program `through` if there is one, and does not wait. `options` are Popen's."""
        notify_path = str(self.folder / "notify.sock")
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(notify_path)
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen([*through, SALLYPORT, "run", "-c", self.path], stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors,
                                            env={**os.environ, "NOTIFY_SOCKET": notify_path, **(environment or {})},
                                            **options)
        return self

    def start(self, environment=None, **options):
        """Starts and waits until it says that it is ready."""
        self.launch(environment, **options)
        self.hear("READY=1", START_SECONDS)
        return self

    def hear(self, word, seconds=20):
        """Waits for a notification to systemd that holds `word`; earlier ones count, each once."""
        end = time.monotonic() + seconds
        while not any(word in notice for notice in self.heard):
            self._listen(max(end - time.monotonic(), 0.001), word)
        index = next(i for i, notice in enumerate(self.heard) if word in notice)
        return self.heard.pop(index)

    def _listen(self, seconds, word):
        self.notices.settimeout(min(seconds, 0.2))
        try:
            self.heard.append(self.notices.recv(4096).decode())
        except socket.timeout:
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode} before it said {word}:\n"
                                     + self.stderr()) from None
            if seconds <= 0.2:
                raise AssertionError(f"{word} was not said; {self.heard}\n{self.stderr()}") from None

    def forget(self):
        """Passes over every notification so far."""
        self.heard.clear()
        self.notices.settimeout(0.001)
        try:
            while self.notices.recv(4096):
                continue
        except socket.timeout:
            pass

    def refuse_to_start(self):
        """Starts, expects that it does not, and gives what it said."""
        self.launch()
        code = self.process.wait(START_SECONDS)
        assert code == 1, f"ended with {code}: {self.stderr()}"
        return self.stderr()

    def stop(self):
        """Ends the gateway in order, and judges what it said on the way."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
                raise AssertionError("the gateway did not end:\n" + self.stderr()) from None
        if self.notices:
            self.notices.close()
        assert not FAULTS.search(self.stderr()), self.stderr()

    def signal(self, number):
        """Sends a signal to the supervisor."""
        self.process.send_signal(number)

    def stderr(self):
        """What the gateway's processes wrote."""
        return self.errors.read_text(errors="replace") if self.errors.exists() else ""

    def reload(self, config=None, **values):
        """`sallyport reload`, to its end, with a new configuration if there is one."""
        if config or values:
            self.configure(config or self.config, **values)
        return command("reload", "--socket", self.socket_path)

    def reloaded(self, config=None, **values):
        """A reload that has to succeed."""
        done = self.reload(config, **values)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def status(self):
        """`sallyport status --json`, read."""
        answer = command("status", "--json", "--socket", self.socket_path)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return json.loads(answer.stdout)

    def children(self, role="worker"):
        """The process ids of the children in this role, by slot."""
        return [pid for pid, arguments in _children_of(self.process.pid) if arguments[1:3] == ["--role", role]]

    def begin_records(self):
        """From now on, only records that come are told of: those so far belong to another story."""
        self.passed_over = {name: len(self._lines(name)) for name in ("access.log", "refusals.log")}

    def _lines(self, name):
        path = self.folder / name
        if not path.exists():
            return []
        return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]

    def _records(self, name):
        return [json.loads(line) for line in self._lines(name)[self.passed_over.get(name, 0):]]

    def refusals(self):
        """All refusal records so far."""
        return self._records("refusals.log")

    def accesses(self):
        """All access records so far."""
        return self._records("access.log")

    def refusal(self, **wanted):
        """Waits for a refusal record with these values; the youngest of them."""
        return self._await(self.refusals, wanted)

    def access(self, **wanted):
        """Waits for an access record with these values; the youngest of them."""
        return self._await(self.accesses, wanted)

    @staticmethod
    def _await(records, wanted):
        def found():
            return [r for r in records() if all(r.get(key) == value for key, value in wanted.items())]

        try:
            return until(found, 10, f"a record with {wanted}")[-1]
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {records()[-5:]}") from None


def _children_of(parent):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
            arguments = (entry / "cmdline").read_bytes().decode().split("\0")[:-1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, parent_pid = stat.rsplit(")", 1)[1].split()[:2]
        if int(parent_pid) == parent and state not in "ZX":
            found.append((int(entry.name), arguments))
    return sorted(found, key=lambda item: item[1][3:4])


def memory_kib(pid):
    """Resident memory of a process that is its own: anonymous pages, without shared ones. 0 under the address
    sanitizer, which keeps what was freed for a while."""
    if SANITIZED:
        return 0
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no memory")
