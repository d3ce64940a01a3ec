"""Many live connections of many clients: processes that hold them open, ask on each of them now and then, and tell when
one ends. Times are of the machine's monotonic clock, which all processes share."""
import asyncio
import multiprocessing
import random
import time

from . import client

ASK = b"GET /crowd HTTP/1.1\r\nHost: localhost\r\n\r\n"
CONNECT_AT_ONCE = 16


class Crowd:
    """`members` are (name, certificate) pairs, one connection each, shared out to a few processes. Each connection asks
    about once in `pause` seconds."""

    def __init__(self, port, trust, members, processes=2, pause=4.0):
        fork = multiprocessing.get_context("fork")
        self.size = len(members)
        self.pipes, self.processes = [], []
        for number in range(processes):
            ours, theirs = fork.Pipe()
            part = [(name, str(c.path), str(c.key_path)) for name, c in members[number::processes]]
            process = fork.Process(target=_run, args=(theirs, port, str(trust), part, pause), daemon=True)
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    def wait_until_there(self, seconds=120):
        """Waits until every member is connected and was answered once."""
        for pipe in self.pipes:
            assert pipe.poll(seconds), "the crowd did not get in"
            assert pipe.recv() == "there"

    def end(self, seconds=60):
        """Ends everything: (answers, [(name, time, how)] of connections that ended before)."""
        answers, endings = 0, []
        for pipe in self.pipes:
            pipe.send("end")
        for pipe in self.pipes:
            assert pipe.poll(seconds), "the crowd does not end"
            more, ended = pipe.recv()
            answers += more
            endings += ended
        for process in self.processes:
            process.join(10)
        return answers, endings


def _run(pipe, port, trust, part, pause):
    asyncio.run(_Part(pipe, port, trust, part, pause).run())


class _Part:
    """The connections of one process."""

    def __init__(self, pipe, port, trust, part, pause):
        self.pipe, self.port, self.trust, self.part, self.pause = pipe, port, trust, part, pause
        self.answers = 0
        self.endings = []
        self.over = False

    async def run(self):
        """Gets all in, says so, goes on until it is told to end."""
        gate = asyncio.Semaphore(CONNECT_AT_ONCE)
        streams = await asyncio.gather(*(self._connect(gate, *member) for member in self.part))
        tasks = [asyncio.create_task(self._live(name, *stream)) for (name, _, _), stream in zip(self.part, streams)]
        self.pipe.send("there")
        while not self.pipe.poll():
            await asyncio.sleep(0.05)
        self.over = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.pipe.send((self.answers, self.endings))

    async def _connect(self, gate, _, path, key_path):
        async with gate:
            made = client.ssl.SSLContext(client.ssl.PROTOCOL_TLS_CLIENT)
            made.load_verify_locations(self.trust)
            made.load_cert_chain(path, key_path)
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=made,
                                                           server_hostname="localhost")
            assert await self._ask(reader, writer)
            return reader, writer

    async def _ask(self, reader, writer):
        writer.write(ASK)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        self.answers += 1
        return head.startswith(b"HTTP/1.1 200 ")

    async def _live(self, name, reader, writer):
        how = "idle"
        try:
            await asyncio.sleep(random.uniform(0, self.pause))
            while True:
                how = "asking"
                if not await self._ask(reader, writer):
                    how = "another answer"
                    break
                how = "idle"
                try:
                    await asyncio.wait_for(reader.read(1), random.uniform(0.5, 1.5) * self.pause)
                    break
                except asyncio.TimeoutError:
                    continue
        except (OSError, asyncio.IncompleteReadError):
            pass
        if not self.over:
            self.endings.append((name, time.monotonic(), how))
