"""Backends that say who they are, and configurations with several of them."""
from . import client
from .backend import answer
from .world import REQUIRED


def named(stage, names, status=200):
    """A backend for each letter of `names`, which answers with its name."""
    def saying(name):
        return lambda request: answer(name.encode(), status)
    return {name: stage.recorder(saying(name)) for name in names}


def balanced(servers, rules=""):
    """The usual configuration with these servers (as they are written) and these further lines of the backend."""
    lines = "".join(f"    {line}\n" for line in rules.splitlines())
    return REQUIRED.replace('servers: [ "{backend}" ]\n', f"servers: [ {', '.join(servers)} ]\n{lines}")


def written(servers, **rules):
    """The servers as a configuration writes them: named, each with its rules, as in written(servers, a="weight: 3")."""
    return [f'{{ address: "{server.address}", name: {name}{", " + rules[name] if name in rules else ""} }}'
            for name, server in servers.items()]


def who_answers(connection, count=1, path="/", fields=""):
    """The names of those that answer so many requests."""
    request = client.request_bytes(path, fields=fields)
    answers = [client.ask(connection, request) for _ in range(count)]
    assert {status for status, _, _ in answers} == {200}, answers
    return "".join(body.decode() for _, _, body in answers)
