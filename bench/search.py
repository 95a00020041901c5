"""Search in 20 000 courses: milliseconds from call to reply over RabbitMQ, with the indexes and, beside it, without.

The texts are made of a Persian vocabulary whose words are as unevenly frequent as those of a language, so the queries
meet words of every frequency; they are written with half-spaces, without, and with Arabic letters.
"""

import contextlib
import itertools
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.costs import wait_for_calm
from bench.lab import Lab, Place, vacuum
from bench.rest import percentiles
from services.catalog import models
from services.catalog.domain.courses import GAINS, Defaults, tags, with_defaults
from services.catalog.models import listing
from services.catalog.models.base import columns_of
from services.catalog.models.courses import Course, CourseTag, CourseVersion
from services.catalog.schemas.courses import COURSE_TYPES, DELIVERY_MODES, DefineCourse
from shared.auth import Tokens
from shared.bulk import insert_rows
from shared.database import Database
from tests.support.client import RpcClient
from tests.support.processes import ServiceProcess, run_training

COURSES = 20_000
CHUNK = 2_000
SAMPLES = 400
TARGET_P95_MS = 30.0
LETTERS = "ابپتثجچحخدذرزسشصضطظعغفقکگلمنوهی"
COMMON = ("آموزش", "کارکنان", "قانون", "مدیریت", "خدمات", "اداری", "سازمان", "گواهی‌نامه", "مهارت", "ارتباط")
ENDINGS = ("", "", "‌ها", "‌های", "ی")


def run(lab: Lab, courses: int = COURSES, samples: int = SAMPLES) -> dict[str, Any]:
    """Percentiles with and without the index, over the same questions."""
    chosen = random.Random(1405)
    vocabulary = words(chosen)
    with catalog(lab) as (place, client):
        fill(place, chosen, vocabulary, courses)
        asked = questions(chosen, vocabulary, samples)
        wait_for_calm()
        indexed = measured(client, asked)
        with place.engine("catalog").connect() as connection:
            connection.exec_driver_sql("DROP INDEX ix_courses_search_text, ix_courses_search_title")
        bare = measured(client, asked)
    return {
        "courses": courses,
        "samples": samples,
        "indexed_ms": indexed,
        "without_index_ms": bare,
        "ratio_p95": bare["p95"] / indexed["p95"],
        "target_p95_ms": TARGET_P95_MS,
    }


@contextlib.contextmanager
def catalog(lab: Lab) -> Iterator[tuple[Place, RpcClient]]:
    """A running catalog, and a caller who may read it."""
    with lab.place() as place, contextlib.ExitStack() as stack:
        environment = place.environment()
        run_training("migrate", env=environment)
        run_training("topology", env=environment)
        service = ServiceProcess("catalog", environment, log_dir=place.folder)
        stack.callback(service.kill9)
        service.start()
        service.wait_ready()
        token = Tokens(place.folder / "keys").issue("bench", "AG-A", ["auditor"], timedelta(hours=1))
        yield place, stack.enter_context(RpcClient(place.amqp_url, "bench", token))


def words(chosen: random.Random, count: int = 4_000) -> list[str]:
    """A vocabulary, the most frequent word first."""
    made = dict.fromkeys(COMMON)
    while len(made) < count:
        made["".join(chosen.choices(LETTERS, k=chosen.randint(3, 8)))] = None
    return list(made)


def fill(place: Place, chosen: random.Random, vocabulary: list[str], count: int) -> None:
    """Published courses, as the catalog itself would have written them."""
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    database = Database(place.databases.url_of("catalog"), models.metadata)
    for start in range(0, count, CHUNK):
        made = [course(chosen, vocabulary, weights, start + place_) for place_ in range(min(CHUNK, count - start))]
        with database.transaction() as tx:
            insert_rows(tx, table(CourseVersion), [columns_of(each) for each in made])
            insert_rows(tx, table(Course), [listed(each) for each in made])
            insert_rows(tx, table(CourseTag), [tag for each in made for tag in tagged(each)])
    database.engine.dispose()
    vacuum(place, ["catalog"])


def table(model: Any) -> Any:
    return model.__table__


def course(chosen: random.Random, vocabulary: list[str], weights: list[float], number: int) -> CourseVersion:
    def text(length: int) -> dict[str, str]:
        found = chosen.choices(vocabulary, cum_weights=weights, k=length)
        return {"fa": " ".join(word + chosen.choice(ENDINGS) for word in found), "en": f"Course {number}"}

    definition = {
        "code": f"{chosen.choice(('RD', 'SS', 'TS', 'OM', 'OC'))}-{number:05d}",
        "title": text(6),
        "objectives": [text(12), text(12)],
        "topics": [text(5) for _ in range(8)],
        "course_type": chosen.choice(COURSE_TYPES),
        "delivery_mode": chosen.choice(DELIVERY_MODES),
        "gains": chosen.sample(sorted(GAINS), 2),
        "hours": chosen.randint(1, 60),
    }
    content = DefineCourse().load(definition)
    content |= with_defaults(content, Defaults(0.8, 60.0, {}))
    now = datetime.now(UTC)
    code = content.pop("code")
    content.pop("after_version", None)
    return CourseVersion(
        course_code=code, version=1, revision=1, status="published", created_at=now, published_at=now, **content
    )


def listed(content: CourseVersion) -> dict[str, Any]:
    numbers = {"newest_version": 1, "published_version": 1, "shown_version": 1}
    return {"course_code": content.course_code, "status": "published", **numbers, **listing.found_by(content)}


def tagged(content: CourseVersion) -> list[dict[str, str]]:
    found = tags(content.course_code, columns_of(content))
    return [{"course_code": content.course_code, "tag": tag} for tag in sorted(found)]


def questions(chosen: random.Random, vocabulary: list[str], count: int) -> list[dict[str, Any]]:
    """What people ask: a word from anywhere in the vocabulary, two words, one with a filter, or a filter alone."""
    asked: list[dict[str, Any]] = []
    for number in range(count):
        word = vocabulary[int(len(vocabulary) ** chosen.random()) - 1]
        other = vocabulary[int(len(vocabulary) ** chosen.random()) - 1]
        asked.append(
            (
                {"query": word},
                {"query": f"{word} {other}"},
                {"query": word.replace("ی", "ي").replace("ک", "ك"), "gain": chosen.choice(sorted(GAINS))},
                {"course_type": chosen.choice(COURSE_TYPES), "min_hours": 20, "max_hours": 40},
            )[number % 4]
        )
    return asked


def measured(client: RpcClient, asked: list[dict[str, Any]]) -> dict[str, float]:
    """Milliseconds from call to reply; every fifth answer is followed to its second page, which is measured as well."""
    for arguments in asked[:40]:
        client.call("catalog", "list_courses", arguments)
    spent: list[float] = []
    for number, arguments in enumerate(asked):
        reply = timed(client, arguments, spent)
        if reply["next"] and number % 5 == 0:
            timed(client, arguments | {"cursor": reply["next"]}, spent)
    return percentiles(spent)


def timed(client: RpcClient, arguments: dict[str, Any], spent: list[float]) -> Any:
    started = time.perf_counter()
    reply = client.call("catalog", "list_courses", arguments | {"limit": 20})
    spent.append(1000 * (time.perf_counter() - started))
    return reply
