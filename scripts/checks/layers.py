"""Includes: only from the own folder and those that LAYERS allows, and no circle between modules."""
import fnmatch

from . import graph, source


class Layers:
    """The file LAYERS, read."""

    def __init__(self, root):
        self.allowed = {}  # folder -> folders that it may use besides itself
        self.narrowed = []  # (module pattern, the only folders it may use)
        self.reserved = []  # (pattern of a header, the folders and patterns of modules that may include it)
        for line in (root / "LAYERS").read_text().splitlines():
            if line.startswith(("<", '"')):
                pattern, *users = line.split()
                self.reserved.append((pattern, users))
            elif line and not line.startswith("#"):
                user, _, lower = line.partition(":")
                self.add(user, lower.split())

    def add(self, user, lower):
        """One row `user: lower...`; a folder may name only folders above its own row."""
        for folder in lower:
            if folder not in self.allowed:
                raise SystemExit(f"LAYERS: {user} names {folder}, which does not stand below it")
        if "/" in user:
            self.narrowed.append((user, lower))
        else:
            self.allowed[user] = lower

    def may_use(self, module, folder):
        """Whether the module may include and call what is in the folder."""
        own = module.split("/")[0]
        for pattern, lower in self.narrowed:
            if fnmatch.fnmatch(module, pattern):
                return folder == own or folder in lower
        return folder == own or folder in self.allowed.get(own, [])

    def may_include(self, module, spelling):
        """Whether no row reserves the header for others; the first row that matches decides."""
        for pattern, users in self.reserved:
            if fnmatch.fnmatch(spelling, pattern):
                return module.split("/")[0] in users or any(fnmatch.fnmatch(module, user) for user in users)
        return True


def check_includes(root, _build, _write):
    """Every include of src/ against LAYERS."""
    layers = Layers(root)
    violations = []
    files = source.files_of(root, "src")
    for path in files:
        module = source.module_of(path, root)
        if module.split("/")[0] not in layers.allowed:
            violations.append(f"{path.relative_to(root)}: the folder is not in LAYERS")
        for line, spelling in source.includes(path):
            wrong = fault_of_include(layers, module, spelling)
            if wrong:
                violations.append(f"{path.relative_to(root)}:{line}: {spelling}: {wrong}")
    return violations, f"{len(files)} files"


def fault_of_include(layers, module, spelling):
    """What is wrong with an include, or None."""
    if not layers.may_include(module, spelling):
        return "LAYERS reserves this header for others"
    if spelling.startswith("<"):
        return None
    folder, slash, _ = spelling.strip('"').partition("/")
    if not slash:
        return 'write it as "folder/file.h"'
    return None if layers.may_use(module, folder) else f"{module} may not include {folder}"


def check_circles(root, _build, _write):
    """No circle between modules (a header and its source are one), over includes."""
    edges = {}
    for path in source.files_of(root, "src"):
        module = source.module_of(path, root)
        edges.setdefault(module, set())
        for _line, spelling in source.includes(path):
            if spelling.startswith('"') and spelling.strip('"').endswith(".h"):
                edges[module].add(spelling.strip('"')[:-2])
    return [f"circle of includes: {circle}" for circle in graph.circles(edges)], f"{len(edges)} modules"
