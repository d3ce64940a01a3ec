"""Where a run happens: the programs, a scratch directory with its certificates, the backend's port, and one call of the load tool."""

import json
import pathlib
import shutil
import subprocess
import tempfile

from processes import Failure

CLIENTS = 200
PROGRAMS = ("bench-load", "bench-backend", "bench-pki", "bench-lists")


class Place:
    def __init__(self, programs, keep=False):
        self.programs = pathlib.Path(programs).resolve()
        for name in PROGRAMS:
            if not (self.programs / name).is_file():
                raise Failure(f"{self.programs / name} is not built; run: ninja -C build/release")
        self.keep = keep
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-bench-"))
        self.root.chmod(0o755)  # a proxy that gives up root must still reach its home
        self.pki = self.root / "pki"
        self.server = self.pki / "server"
        self.backend_port = None
        self.revocation_list = None
        self.homes = 0

    def __enter__(self):
        self.pki.mkdir()
        subprocess.run([self.programs / "bench-pki", self.pki, str(CLIENTS)], check=True, timeout=60)
        return self

    def __exit__(self, *_):
        if not self.keep:
            shutil.rmtree(self.root, ignore_errors=True)

    def new_home(self, name):
        self.homes += 1
        home = self.root / f"{self.homes:03d}-{name}"
        home.mkdir()
        return home

    def empty_homes(self):
        """Removes what the proxies left (logs above all), unless it is to be kept."""
        for home in self.root.glob("[0-9]*-*"):
            if not self.keep:
                shutil.rmtree(home, ignore_errors=True)

    def use_list(self, serials):
        """From now on the proxies have a revocation list of so many serials (None: none); made when first asked for."""
        self.revocation_list = None if serials is None else self.pki / f"crl-{serials}.pem"
        if serials is not None and not self.revocation_list.exists():
            subprocess.run([self.programs / "bench-lists", self.pki, str(serials)], check=True, timeout=300)

    def client(self, number):
        return self.pki / f"client-{number:03d}.pem"

    def start_backend(self, processes, core, header=None, secured=False):
        """Starts the backend, which refuses requests that lack `header`; secured, under TLS that requires a certificate."""
        command = [self.programs / "bench-backend"]
        if header:
            command += ["--require", header]
        if secured:
            command += ["--tls", self.pki / "server", "--trust", self.pki / "trust.pem"]
        process = processes.start(command, core, None, stdout=subprocess.PIPE)
        words = process.stdout.readline().split()
        if len(words) != 2:
            raise Failure("the backend did not start")
        self.backend_port = int(words[1])
        return process

    def load(self, processes, core, scenario, port, certificates, warmup, seconds, *more, cpu_of=None, connections=None):
        """Runs the load tool once; returns its row, which has `errors` and `first_error` when it is not valid."""
        command = [self.programs / "bench-load", "--scenario", scenario, "--connect", f"127.0.0.1:{port}", *more]
        command += ["--warmup-ms", int(warmup * 1000), "--window-ms", max(1, int(seconds * 1000))]
        for certificate in certificates:
            command += ["--cert", certificate]
        if cpu_of:
            command += ["--cpu-of", cpu_of]
        if connections:
            command += ["--connections", connections]
        process = processes.start(command, core, None, stdout=subprocess.PIPE)
        try:
            output, _ = process.communicate(timeout=warmup + seconds + 120)
        except subprocess.TimeoutExpired:
            raise Failure(f"the load tool did not end in time ({scenario})") from None
        finally:
            processes.end(process)
        if process.returncode not in (0, 1) or not output:
            raise Failure(f"the load tool failed with status {process.returncode} ({scenario})")
        return json.loads(output)
