"""What the compiler made of it: calls between modules, names of symbols, and what the supervisor links.

Includes do not show everything: a prototype written by hand would get around them. The symbol tables do."""
import subprocess

from . import graph, source
from .layers import Layers

DEFINED = "TDBRCVW"
FOREIGN_OF_SUPERVISOR = ("libc.so", "libseccomp.so", "ld-linux", "libasan", "libubsan", "libgcc_s", "libm.so")


def modules(root, build):
    """{module: (defined symbols, undefined symbols)} of every object file whose source still stands."""
    objects = {}
    for path in sorted((build / "src").rglob("*.c.o")):
        folder = path.parent.parent.name
        source_file = root / "src" / folder / path.name[:-len(".o")]
        if source_file.exists():
            objects[str(path)] = f"{folder}/{source_file.stem}"
    symbols = {module: (set(), set()) for module in objects.values()}
    if objects:
        listing = subprocess.run(["nm", "-A", "-P", *objects], capture_output=True, text=True, check=True).stdout
        for line in listing.splitlines():
            path, _, rest = line.partition(": ")
            name, kind = rest.split()[:2]
            if kind in DEFINED:
                symbols[objects[path]][0].add(name)
            elif kind in "Uw":
                symbols[objects[path]][1].add(name)
    return symbols


def calls(symbols):
    """All (caller, callee, name) between two modules, by symbol."""
    home = {name: module for module, (defined, _) in symbols.items() for name in defined if name != "main"}
    for module, (_, undefined) in sorted(symbols.items()):
        for name in sorted(undefined):
            if name in home and home[name] != module:
                yield module, home[name], name


def check_calls(root, build, _write):
    """No call (or use of data) that LAYERS does not allow, and no circle of calls between modules."""
    layers = Layers(root)
    symbols = modules(root, build)
    violations = []
    edges = {}
    for caller, callee, name in calls(symbols):
        edges.setdefault(caller, set()).add(callee)
        if not layers.may_use(caller, callee.split("/")[0]):
            violations.append(f"{caller} calls {name} of {callee}, which LAYERS does not allow")
    violations += [f"circle of calls: {circle}" for circle in graph.circles(edges)]
    return violations, note_of(root, symbols)


def note_of(root, symbols):
    """How many objects were seen, and a warning when some sources are not built."""
    if not symbols:
        return "skipped: nothing is built yet"
    sources = {source.module_of(path, root) for path in source.files_of(root, "src") if path.suffix == ".c"}
    missing = sorted(sources - set(symbols))
    return f"{len(symbols)} objects" + (f"; not built: {' '.join(missing)}" if missing else "")


def exceptions(root):
    """{module: prefixes} from scripts/prefix_exceptions."""
    found = {}
    path = root / "scripts/prefix_exceptions"
    for line in path.read_text().splitlines() if path.exists() else []:
        if line and not line.startswith("#"):
            module, prefix, _reason = line.split(maxsplit=2)
            found.setdefault(module, []).append(prefix)
    return found


def check_prefixes(root, build, _write):
    """Every non-static symbol, and every function of a header, begins with its file's name."""
    excepted = exceptions(root)
    names = {(module, name) for module, (defined, _) in modules(root, build).items() for name in defined}
    for path in source.files_of(root, "src"):
        if path.suffix == ".h":
            names |= {(source.module_of(path, root), item.name) for item in source.items(path)}
    wrong = sorted((module, name) for module, name in names if not is_named_well(module, name, excepted))
    return [f"{module}: {name} does not begin with the file's name" for module, name in wrong], f"{len(names)} names"


def is_named_well(module, name, excepted):
    """Whether the symbol begins with `file_`, `folder_file_` (where the file's name alone is too vague) or an exception."""
    folder, stem = module.split("/")
    if name in ("main", stem) or name.startswith((f"{stem}_", f"{folder}_{stem}_", "__asan", "__odr_asan")):
        return True
    return any(name.startswith(prefix) for prefix in excepted.get(module, []))


def check_supervisor(_root, build, _write):
    """The supervisor links no TLS and no parser."""
    program = build / "src/bin/sallyport-supervisor"
    if not program.exists():
        return [], "skipped: not built yet"
    listing = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    needed = [line.split("[")[1].rstrip("]") for line in listing.splitlines() if "(NEEDED)" in line]
    wrong = [library for library in needed if not library.startswith(FOREIGN_OF_SUPERVISOR)]
    return [f"sallyport-supervisor links {library}" for library in wrong], ", ".join(needed)
