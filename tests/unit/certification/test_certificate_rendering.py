from concurrent.futures import ThreadPoolExecutor
from typing import Any

from services.certification import rendering

URL = "https://certificates.example/verify/00041061050R3GG28A1C60T3GF"


def pages_of(pdf: bytes) -> int:
    return pdf.count(b"/Type/Page/") + pdf.count(b"/Type/Page\n") + pdf.count(b"/Type /Page\n")


def test_the_same_snapshot_gives_the_same_bytes(snapshot: dict[str, Any]) -> None:
    first = rendering.certificate(snapshot, URL)
    rendering.certificate({**snapshot, "holder_name": "کسی دیگر"}, URL)
    assert rendering.certificate(snapshot, URL) == first
    assert first.startswith(b"%PDF-")


def test_threads_may_print_at_the_same_time(snapshot: dict[str, Any]) -> None:
    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(lambda _: rendering.certificate(snapshot, URL), range(8)))
    assert len(set(printed)) == 1


def test_the_page_is_in_persian_digits_and_jalali_days(snapshot: dict[str, Any]) -> None:
    page = rendering.page(snapshot, URL)
    facts = dict(page["facts"])
    assert facts["تاریخ قبولی"] == "۱۴۰۵/۰۹/۰۲"
    assert facts["تاریخ صدور"] == "۱۴۰۵/۰۹/۰۳", "after midnight in Tehran"
    assert facts["امتیاز از ۱۰۰"] == "۸۷٫۵"
    assert "۴ ساعت" in page["duration"]
    assert page["code"] == "00041-06105-0R3GG-28A1C-60T3GF"


def test_an_unknown_delivery_mode_is_shown_as_it_is(snapshot: dict[str, Any]) -> None:
    assert "field_trip" in rendering.page({**snapshot, "delivery_mode": "field_trip"}, URL)["duration"]


def test_the_longest_texts_and_markup_stay_on_one_page(snapshot: dict[str, Any]) -> None:
    long = {
        **snapshot,
        "holder_name": "#strong[x] " * 18,
        "job_title": "ک" * 200,
        "course_title": {"fa": "$a$ \\ *b* آزمون " * 18, "en": "W" * 300},
        "issuer": {"code": "A" * 20, "name": {"fa": "ض" * 300}},
        "provider": {"code": "A" * 20, "name": {"fa": "ص " * 150}},
        "delivery_mode": "m" * 50,
    }
    assert pages_of(rendering.certificate(long, URL)) == pages_of(rendering.certificate(snapshot, URL)) == 1
