"""`python -m bench [--people N] [--many N] [--quick] [NAME]…`, or `… profile SERVICE`. Names are those in NAMES.

`--quick` skips the measurements of growth and of memory, which take minutes, and takes fewer samples at rest. Results
are written to `bench/results/latest.json`. Nothing here fails because a target is missed: the table says so.
"""

import argparse
import sys
from typing import Any

from bench import compliance, growth, imports, mail, memory, pipeline, profiling, report, rest, search
from bench.lab import open_lab
from tests.run import terminated_as_interrupt
from tests.support.postgres import SERVICES
from tests.support.servers import NoServer

NAMES = ("pipeline", "rest", "mail", "search", "imports", "compliance", "growth", "memory")
SAMPLES, QUICK_SAMPLES = 200, 50


def main(arguments: list[str]) -> int:
    options = parsed(arguments)
    try:
        with terminated_as_interrupt(), open_lab() as lab:
            if options.names[:1] == ["profile"]:
                profiling.profile(lab, options.names[1], options.people, options.baseline, options.mail)
                return 0
            results: dict[str, Any] = {"machine": report.machine()}
            for name in options.names or NAMES:
                if name == "pipeline":
                    results[name] = pipeline.run(lab, options.people)
                elif name == "rest":
                    results[name] = rest.run(lab, QUICK_SAMPLES if options.quick else SAMPLES)
                elif name == "mail":
                    results[name] = mail.run(lab)
                elif name == "search":
                    results[name] = search.run(lab)
                elif name == "imports":
                    results[name] = imports.run(lab)
                elif name == "compliance":
                    results[name] = compliance.run(lab)
                elif options.names or not options.quick:
                    results[name] = growth.run(lab, (10_000, options.many)) if name == "growth" else memory.run(lab)
    except NoServer as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted; everything was removed", file=sys.stderr)
        return 130
    report.write(results)
    report.show(results)
    return 0


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(NAMES)} or profile SERVICE (default all)")
    parser.add_argument("--people", type=int, default=5_000, help="passing the pipeline (default 5000)")
    parser.add_argument("--many", type=int, default=1_000_000, help="certificates in the growth measurement")
    parser.add_argument("--quick", action="store_true", help="without growth and memory, fewer samples at rest")
    parser.add_argument("--baseline", action="store_true", help="profile the baseline's service instead of ours")
    parser.add_argument("--mail", action="store_true", help="profile while mails are sent too")
    options = parser.parse_args(arguments)
    if options.names[:1] == ["profile"]:
        if len(options.names) != 2 or options.names[1] not in SERVICES:
            parser.error(f"profile needs one of {', '.join(SERVICES)}")
    elif unknown := set(options.names) - set(NAMES):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
