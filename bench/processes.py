"""Starting and ending the processes of a run: each pinned to a core, each ended by its pid, whatever happens."""

import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

READY_SECONDS = 60  # a list of a million serials takes the peers a while to load
END_SECONDS = 5


class Failure(Exception):
    """Something that makes a measurement impossible; its text is for the person at the terminal."""


class Processes:
    """All processes that this run has started. Leaving the context ends those that still live."""

    def __init__(self):
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in list(self.running):
            self.end(process)

    def start(self, command, core, log, **more):
        """Starts a command on one core, in a session of its own so that Ctrl-C reaches only this runner."""
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
            **more,
        )
        self.running.append(process)
        return process

    def end(self, process):
        """SIGTERM, and after a while SIGKILL, to the process and whatever descends from it."""
        tree = descendants(process.pid)
        try:
            process.send_signal(signal.SIGTERM)
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid, born in tree.items():
            if start_time(pid) == born:
                os.kill(pid, signal.SIGKILL)
        self.running.remove(process)

    def end_all_by_signal(self):
        """Lets SIGTERM and SIGHUP leave through the context as Ctrl-C does."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))


def descriptor_limit():
    """How many descriptors a process may have."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def raise_descriptor_limit():
    """As far as the system lets: whatever is started inherits it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def stat_fields(pid):
    """The fields of /proc/PID/stat from the state on, or None when the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def start_time(pid):
    fields = stat_fields(pid)
    return fields[19] if fields else None


def descendants(root):
    """Pids below `root`, each with its start time, so that a pid used again is not mistaken for it."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        fields = stat_fields(entry.name) if entry.name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), {})[int(entry.name)] = fields[19]
    found, open_pids = {}, [root]
    while open_pids:
        below = children.get(open_pids.pop(), {})
        found.update(below)
        open_pids.extend(below)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process, name, log):
    """Waits until something listens on the port; Failure when the process ends first or takes too long."""
    limit = time.monotonic() + READY_SECONDS
    while time.monotonic() < limit:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise Failure(f"{name} did not start: {tail(log)}")


def tail(path):
    text = pathlib.Path(path).read_text(errors="replace").strip()
    return " / ".join(text.splitlines()[-3:]) or "it said nothing"
