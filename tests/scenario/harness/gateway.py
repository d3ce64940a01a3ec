"""The real gateway: started, watched, asked, ended. Readiness comes from its own notification, never from a sleep."""
import json
import os
import pathlib
import signal
import socket
import subprocess

from .waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("SALLYPORT_BUILD", ROOT / "build" / "release"))
SALLYPORT = BUILD / "src" / "bin" / "sallyport"
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:")
START_SECONDS = 30


def free_port():
    """A TCP port of the loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(*arguments, timeout=30, **options):
    """Runs a sallyport command to its end."""
    return subprocess.run([SALLYPORT, *map(str, arguments)], capture_output=True, text=True, timeout=timeout,
                          check=False, **options)


class Gateway:
    """A gateway over the configuration text `config`, in `folder`. {port} in the text is its port."""

    def __init__(self, folder, config, **values):
        self.folder = folder
        self.port = free_port()
        self.values = values
        self.path = folder / "sallyport.yaml"
        self.socket_path = folder / "control.sock"
        self.process = None
        self.notices = None
        self.errors = folder / "stderr.log"
        self.configure(config)

    def configure(self, config, **values):
        """Writes the configuration; a running gateway goes on with what it has until it is told to reload."""
        self.values.update(values)
        text = config.replace("{port}", str(self.port))
        for key, value in self.values.items():
            text = text.replace("{" + key + "}", str(value))
        head = "control: { socket: control.sock }\nlog: { access: access.log, refusals: refusals.log }\n"
        self.path.write_text(text if "\ncontrol:" in "\n" + text else head + text)

    def start(self):
        """Starts and waits until it says that it is ready."""
        notify_path = str(self.folder / "notify.sock")
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(notify_path)
        self.notices.settimeout(START_SECONDS)
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([SALLYPORT, "run", "-c", self.path], stdin=subprocess.DEVNULL,
                                            stdout=errors, stderr=errors,
                                            env={**os.environ, "NOTIFY_SOCKET": notify_path})
        until(self._is_ready, START_SECONDS, "the gateway to be ready")
        return self

    def _is_ready(self):
        self.notices.settimeout(0.05)
        try:
            return b"READY=1" in self.notices.recv(4096)
        except socket.timeout:
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.stderr()}") from None
            return False

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
        for mark in SANITIZER_MARKS:
            assert mark not in self.stderr(), self.stderr()

    def signal(self, number):
        """Sends a signal to the supervisor."""
        self.process.send_signal(number)

    def stderr(self):
        """What the gateway's processes wrote."""
        return self.errors.read_text(errors="replace") if self.errors.exists() else ""

    def reload(self):
        """`sallyport reload`, to its end."""
        return command("reload", "--socket", self.socket_path)

    def status(self):
        """`sallyport status --json`, read."""
        answer = command("status", "--json", "--socket", self.socket_path)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def _records(self, name):
        path = self.folder / name
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]

    def refusals(self):
        """All refusal records so far."""
        return self._records("refusals.log")

    def accesses(self):
        """All access records so far."""
        return self._records("access.log")

    def refusal(self, **wanted):
        """Waits for a refusal record with these values."""
        return self._await(self.refusals, wanted)

    def access(self, **wanted):
        """Waits for an access record with these values."""
        return self._await(self.accesses, wanted)

    @staticmethod
    def _await(records, wanted):
        def found():
            return [r for r in records() if all(r.get(key) == value for key, value in wanted.items())]

        try:
            return until(found, 5, f"a record with {wanted}")[-1]
        except AssertionError as error:
            raise AssertionError(f"{error}; there are {records()}") from None
