"""The results for people (a table) and for programs (`bench/results/latest.json`)."""

import json
import os
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

FILE = Path(__file__).parent / "results" / "latest.json"
LIBRARIES = ("nameko", "kombu", "eventlet", "SQLAlchemy", "psycopg2-binary")


def machine() -> dict[str, Any]:
    """What the numbers were measured on; `loop_ms` is the time of a fixed loop, to compare machines by."""
    started = time.perf_counter()
    sum(number * number % 7 for number in range(1_000_000))
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "loop_ms": round(1000 * (time.perf_counter() - started), 1),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def write(results: dict[str, Any]) -> None:
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(results, indent=2) + "\n")


def show(results: dict[str, Any]) -> None:
    console = Console()
    tables = {"pipeline": pipeline_table, "rest": rest_table, "mail": mail_table, "search": search_table}
    tables |= {"imports": imports_table, "compliance": compliance_table}
    tables |= {"growth": growth_table, "memory": memory_table}
    for name, table in tables.items():
        if name in results:
            console.print(table(results[name]))
    console.print(f"written to {FILE.relative_to(Path.cwd()) if FILE.is_relative_to(Path.cwd()) else FILE}")


def judged(good: bool) -> str:
    return "[green]met[/]" if good else "[red]missed[/]"


def pipeline_table(found: dict[str, Any]) -> Table:
    table = Table(title=f"Results → certificate → notification queued, {found['people']} people")
    for heading in ("system", "per second", "services ms CPU", "broker ms", "PostgreSQL ms", "others' share"):
        table.add_column(heading, justify="left" if heading == "system" else "right")
    for one in found["runs"]:
        cpu = one["cpu_ms"]
        spent = [f"{cpu[name]:.2f}" for name in ("services", "broker", "postgresql")]
        table.add_row(one["system"], f"{one['rate']:.0f}", *spent, f"{one['others']:.0%}")
    table.add_section()
    for name, rate in found["rate"].items():
        table.add_row(f"median {name}", f"{rate:.0f}", f"{found['cpu_ms_per_completion'][name]:.2f}", "", "", "")
    verdict = f"at least {found['target_ratio']:g}: {judged(found['ratio'] >= found['target_ratio'])}"
    table.add_row("ratio", f"[bold]{found['ratio']:.2f}[/]", f"{found['cpu_ratio']:.2f}", verdict, "", "")
    return table


def rest_table(found: dict[str, Any]) -> Table:
    table = Table(title=f"At rest: milliseconds after the reply, {found['samples']} completions one by one")
    for heading in ("until", "p50", "p95", "p99", "max", "p95 below"):
        table.add_column(heading, justify="left" if heading == "until" else "right")
    for label, key, target in (
        ("certificate stored", "reply_to_certificate_ms", found["target_p95_certificate_ms"]),
        ("mail handed over", "reply_to_mail_ms", found["target_p95_mail_ms"]),
    ):
        values = [f"{found[key][part]:.0f}" for part in ("p50", "p95", "p99", "max")]
        table.add_row(label, *values, f"{target:g}: {judged(found[key]['p95'] < target)}")
    return table


def mail_table(found: dict[str, Any]) -> Table:
    table = Table(title="Mail, from due to handed over and written down, by one process")
    for heading in ("system", "mails", "per second", "sender ms CPU", "PostgreSQL ms", "others' share"):
        table.add_column(heading, justify="left" if heading == "system" else "right")
    for one in found["runs"]:
        cpu = [f"{one['cpu_ms'][name]:.2f}" for name in ("sender", "postgresql")]
        table.add_row(one["system"], f"{one['mails']}", f"{one['rate']:.0f}", *cpu, f"{one['others']:.0%}")
    table.add_section()
    verdict = f"at least {found['target_rate']:g}: {judged(found['rate']['ours'] >= found['target_rate'])}"
    table.add_row("median ours", "", f"[bold]{found['rate']['ours']:.0f}[/]", verdict, "", "")
    table.add_row("ratio to one connection", "", f"{found['ratio']:.1f}", "", "", "")
    table.add_row("ratio to one for each mail", "", f"{found['ratio_one_for_each']:.1f}", "", "", "")
    table.add_row("the sink alone", "", f"{found['sink_rate']:.0f}", "", "", "")
    return table


def search_table(found: dict[str, Any]) -> Table:
    table = Table(
        title=f"Search in {found['courses']} courses: milliseconds to the reply, {found['samples']} questions"
    )
    for heading in ("", "p50", "p95", "p99", "max", "p95 below"):
        table.add_column(heading, justify="right" if heading else "left")
    verdict = f"{found['target_p95_ms']:g}: {judged(found['indexed_ms']['p95'] < found['target_p95_ms'])}"
    for label, key, last in (("with the index", "indexed_ms", verdict), ("without it", "without_index_ms", "")):
        table.add_row(label, *(f"{found[key][part]:.1f}" for part in ("p50", "p95", "p99", "max")), last)
    table.add_row("ratio", "", f"[bold]{found['ratio_p95']:.1f}[/]", "", "", "")
    return table


def imports_table(found: dict[str, Any]) -> Table:
    table = Table(title="Bulk jobs, from the first piece sent to the last row done")
    for heading in ("job", "rows", "seconds", "target", "call by call", "ratio", ""):
        table.add_column(heading, justify="left" if heading in ("job", "") else "right")
    for name, rows in (("employees", found["people"]), ("results", found["results"])):
        seconds, target = found[f"{name}_seconds"], found["targets"][f"{name}_seconds"]
        alone = found["one_by_one"][name] * rows
        cells = (f"{rows}", f"{seconds:.1f}", f"{target:.0f}", f"{alone:.0f}", f"{found[f'ratio_{name}']:.1f}")
        table.add_row(name, *cells, judged(seconds < target))
    table.add_row("nominations", f"{found['results']}", f"{found['nominations_seconds']:.1f}", "", "", "", "")
    grown, most = found["memory_mib"], found["targets"]["memory_mib"]
    table.add_row("memory while importing, MiB", "", f"{grown:.0f}", f"{most:.0f}", "", "", judged(grown < most))
    return table


def compliance_table(found: dict[str, Any]) -> Table:
    table = Table(title=f"Figures of agencies with {found['completions']} completions: milliseconds to the reply")
    for heading in ("", "p50", "p95", "p99", "p95 below", "plain p50", "p95", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, spent in found["answers_ms"].items():
        verdict = f"{found['target_p95_ms']:g}: {judged(spent['p95'] < found['target_p95_ms'])}"
        plain = found["plain_ms"].get(name)
        beside = [f"{plain[part]:.0f}" for part in ("p50", "p95")] if plain else ["", ""]
        ratio = f"[bold]{found['ratio_p95'][name]:.1f}[/]" if plain else ""
        table.add_row(name, *(f"{spent[part]:.1f}" for part in ("p50", "p95", "p99")), verdict, *beside, ratio)
    table.add_section()
    export = found["export"]
    for label, value in (
        *((f"count its {name} again", f"{spent:.0f}") for name, spent in found["count_ms"].items()),
        ("first count, seconds", f"{found['first_count_seconds']:.1f}"),
        (f"export {export['rows']:.0f}, seconds", f"{export['seconds']:.1f}"),
        ("… memory, MiB", f"{export['memory_mib']:.0f}"),
    ):
        table.add_row(label, value, *([""] * 6))
    return table


def growth_table(found: dict[str, Any]) -> Table:
    few, many = found["sizes"]
    table = Table(title=f"Certificates a second, with {few} and with {many} there already")
    for heading in ("", f"{few}", f"{many}", "slower", f"by {found['target_slower']:.0%} at most"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, rate in found["per_second"].items():
        slower = found["slower"][name]
        verdict = judged(slower <= found["target_slower"])
        table.add_row(name, f"{rate['few']:.0f}", f"{rate['many']:.0f}", f"{slower:+.1%}", verdict)
        cpu = found["cpu_us"][name]
        more = cpu["many"] / cpu["few"] - 1
        table.add_row("… µs of processor time", f"{cpu['few']:.0f}", f"{cpu['many']:.0f}", f"{more:+.1%}", "")
    for batch, cost in found["log_us_per_certificate"].items():
        table.add_row(f"log, µs each in batches of {batch}", "", f"{cost:.0f}", "", "")
    return table


def memory_table(found: dict[str, Any]) -> Table:
    steps = len(next(iter(found["rss_mib"].values())))
    first, last = found["events_a_step"], found["events_a_step"] * steps
    table = Table(title=f"Memory in MiB after {first} and {last} events")
    for heading in ("service", f"{first}", f"{last}", "growth", f"within {found['target_growth']:.0%}"):
        table.add_column(heading, justify="left" if heading == "service" else "right")
    for name, sizes in found["rss_mib"].items():
        growth = found["growth"][name]
        verdict = judged(growth <= found["target_growth"])
        table.add_row(name, f"{sizes[0]:.0f}", f"{sizes[-1]:.0f}", f"{growth:+.1%}", verdict)
    return table
