"""What a run has found: medians, the table for a person and the JSON for a program."""

import datetime
import json
import os
import pathlib
import platform
import statistics

COLUMNS = ("sallyport", "haproxy", "nginx")
UNSTEADY = 0.15  # a cell is pointed out when the middle half of its repetitions is wider than this, by the median


class Report:
    def __init__(self, scenarios, settings):
        self.scenarios = scenarios
        self.settings = settings
        self.values = {}  # (scenario, proxy) -> valid values
        self.faults = {}  # (scenario, proxy) -> first error
        self.details = {}  # (scenario, proxy) -> rows as the load tool gave them

    def add(self, scenario, proxy, row):
        key = (scenario.name, proxy)
        self.details.setdefault(key, []).append(row)
        if row["errors"]:
            self.faults.setdefault(key, f"{row['first_error']} ({row['errors']} errors)")
        else:
            self.values.setdefault(key, []).append(row["value"])

    def add_fault(self, scenario, proxy, sentence):
        self.faults.setdefault((scenario.name, proxy), sentence)

    def median(self, scenario, proxy):
        """None when it was not measured or any repetition was not valid."""
        key = (scenario.name, proxy)
        if key in self.faults or key not in self.values:
            return None
        return statistics.median(self.values[key])

    def ratio(self, scenario):
        """Median of the ratios within each repetition: what the machine does to both at that time drops out."""
        ratios = self.ratios(scenario)
        return statistics.median(ratios) if ratios else None

    def ratios(self, scenario):
        if self.median(scenario, "sallyport") is None or not self.median(scenario, "haproxy"):
            return []
        pairs = zip(self.values[(scenario.name, "sallyport")], self.values[(scenario.name, "haproxy")])
        return [ours / theirs for ours, theirs in pairs]

    def is_valid(self):
        return not self.faults

    def missed_goals(self):
        """Scenarios whose ratio is known and above its goal."""
        return [s.name for s in self.scenarios if s.goal and (self.ratio(s) or 0) > s.goal]

    def table(self):
        lines = [f"{'':14}{'unit':>8}" + "".join(f"{name:>11}" for name in COLUMNS) + f"{'ratio':>8}{'goal':>8}{'aim':>7}"]
        for scenario in self.scenarios:
            cells = "".join(f"{self.cell(scenario, proxy):>11}" for proxy in COLUMNS)
            ratio = self.ratio(scenario)
            missed = " missed" if ratio is not None and scenario.goal and ratio > scenario.goal else ""
            lines.append(
                f"{scenario.name:14}{scenario.unit:>8}{cells}{number(ratio, 2):>8}{limit(scenario.goal):>8}{limit(scenario.aim):>7}{missed}"
            )
        for (scenario, proxy), sentence in self.faults.items():
            lines.append(f"INVALID {scenario} {proxy}: {sentence}")
        unsteady = [f"{scenario} {proxy} {low:.4g} to {high:.4g}" for (scenario, proxy), values in self.values.items()
                    for low, high in [middle_half(values)] if high - low > UNSTEADY * statistics.median(values)]
        if unsteady:
            lines.append(f"Unsteady (middle half of the repetitions): {', '.join(unsteady)}")
        return "\n".join(lines)

    def cell(self, scenario, proxy):
        if (scenario.name, proxy) in self.faults:
            return "INVALID"
        value = self.median(scenario, proxy)
        return number(value, 1 if value is not None and value < 100 else 0)

    def write(self, path, machine):
        result = {scenario.name: self.entry(scenario) for scenario in self.scenarios}
        result["machine"] = machine
        result["settings"] = self.settings
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")

    def entry(self, scenario):
        entry = {proxy: rounded(self.median(scenario, proxy)) for proxy in COLUMNS}
        entry.update(ratio=rounded(self.ratio(scenario)), goal=scenario.goal, aim=scenario.aim, unit=scenario.unit)
        entry["repetitions"] = {p: [rounded(v) for v in self.values.get((scenario.name, p), [])] for p in COLUMNS}
        entry["ratios"] = [rounded(ratio) for ratio in self.ratios(scenario)]
        entry["busy"] = {p: self.busy(scenario, p) for p in COLUMNS}
        entry["invalid"] = {p: self.faults[(scenario.name, p)] for p in COLUMNS if (scenario.name, p) in self.faults}
        return entry

    def busy(self, scenario, proxy):
        """How much of its core the proxy used in the window: far below 1, the load tool was the slower one."""
        rows = [row for row in self.details.get((scenario.name, proxy), []) if row.get("proxy_cpu_ns")]
        return rounded(statistics.median(row["proxy_cpu_ns"] / row["window_ns"] for row in rows)) if rows else None


def machine(proxies):
    """What the figures hold for."""
    information = pathlib.Path("/proc/cpuinfo").read_text(errors="replace")
    models = [line.partition(":")[2].strip() for line in information.splitlines() if line.startswith("model name")]
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "versions": {proxy.name: proxy.version() for proxy in proxies},
    }


def middle_half(values):
    """First and third quartile."""
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def number(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def limit(value):
    return "-" if value is None else f"≤ {value:.2f}"


def rounded(value):
    return None if value is None else round(value, 3)
