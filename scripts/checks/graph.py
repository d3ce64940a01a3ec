"""Circles in a directed graph."""


def circles(edges):
    """One line for each strongly connected group of more than one node; edges is {node: set of nodes}."""
    nodes = sorted(set(edges) | {target for targets in edges.values() for target in targets})
    reach = {node: reachable(edges, node) for node in nodes}
    seen = set()
    lines = []
    for node in nodes:
        group = sorted(other for other in reach[node] if node in reach.get(other, ()) and other != node)
        if group and node not in seen:
            seen.update([node, *group])
            lines.append(" <-> ".join([node, *group]))
    return lines


def reachable(edges, start):
    """All nodes that can be reached from the start, the start itself only through a circle."""
    found = set()
    waiting = [start]
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
