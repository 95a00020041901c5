"""The ready-made curriculum against the text that the system was founded on."""

import builtins
import io
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.catalog import curriculum
from services.catalog.curriculum import reading
from services.catalog.domain.courses import GAINS
from shared.persian import normalise

# Word for word, slips of the pen included: each area's heading, then its topics.
FOUNDING_TEXT = {
    "1.آشنایی با حقوق و تکالیف کارکنان و مقررات انضباطی ( فصول دوازده و پانزده قانون مدیریت خدمات کشوری )": [
        "تکالیف و مسئولیت های اداری کارکنان",
        "آشنایی با انواع مرخصی ها و شرایط استفاده از آنها",
        "راههای پیگیری از فساد اداری",
        "قانون رسیدگی به تخلفات اداری",
        "دیگر قوانین مرتبط",
    ],
    "2.آشنایی با نظام تامین اجتماعی و بازنشستگی کارکنان ( فصل سیزدهم قانون مدیریت خدمات کشوری )": [
        "نظام تامین اجتماعی کارمندان دولت",
        "نظام بازنشستگی و از کار افتادگی",
        "حقوق و مزایای بازنشستگان قبل و بعد از اجرای قانون",
        "نحوه به کار گیری بازنشستگان و باز خریدان",
    ],
    "3.آشنایی با نظام آموزش کارکنان": [
        "اهداف ، اصول و ویزگی های نظام آموزش کارکنان دولت",
        "ساختار نظام آموزش",
        "دوره های آموزش پیش بینی شده در نظام آموزش",
        "گواهی نامه های آموزشی و ساز وکار صدور آنها",
        "شناسنامه آموزشی کارکنان و دستورالعمل آن",
        "بخشنامه های و مصوبات جاری مرتبط با نظام آموزش کارکنان دولت",
    ],
    "4.قوانین و مقررات تشکیلات و روشها :": ["آشنایی با فصل چهارم قانون مدیریت خدمات کشوری"],
    "5.ارتباطات سازمانی :": [
        "تعریف ارتباطات ، فرآیند ارتباطات",
        "نظریه های ارتباطات ، انواع ارتباطات",
        "روشها ، الگوها و تجهیزات تسهیل کننده در فرآیند ارتباطات",
        "راهکارهای برقراری ارتباط با مردم",
        "عوامل موثر در برقراری ارتباط",
        "مهارت های برقراری ارتباط موثر در سازمان",
        "نقش کارکنان دولت در برقراری ارتباط با ارباب رجوع",
    ],
}
SEVEN_GAINS = [
    "1.تسهیل در تحقق اهداف سازمانی",
    "2.بهبود کمی و کیفی محصولات یا خدمات ارائه شده توسط سازمان",
    "3.تقویت روحیه پرسنل و ایجاد ثبات در سازمان",
    "4.تقویت حس وفاداری و همبستگی کارکنان نسبت به سازمان",
    "5.جلوگیری از تداخل مسئولیت ها و وظایف و کاهش دوباره کاری ها در سازمان",
    "6.شکوفا کردن استعدادهای نهفته کارکنان",
    "7.ایجاد زمینه رشد و موفقیت در امور شغلی",
]
SLIPS = {"ویزگیها": "ویژگیها", "بخشنامههایو": "بخشنامههاو"}
FOLDED_HAMZA = str.maketrans("أؤ", "او")


def folded(text: str) -> str:
    """The letters alone: spacing, half-spaces, hamza seats and known slips aside."""
    letters = re.sub(r"[^\w]|_", "", normalise(text)).translate(FOLDED_HAMZA)
    for slip, meant in SLIPS.items():
        letters = letters.replace(slip.translate(FOLDED_HAMZA), meant)
    return letters


@cache
def required_areas() -> list[curriculum.Area]:
    return [area for area in curriculum.areas() if area.required]


def test_the_five_areas_are_there_in_their_order() -> None:
    titles = [folded(area.title["fa"]) for area in required_areas()]
    headings = [folded(heading) for heading in FOUNDING_TEXT]
    assert len(titles) == len(headings) == 5
    assert all(title in heading for title, heading in zip(titles, headings, strict=True))


@pytest.mark.parametrize("place", range(5))
def test_every_topic_of_an_area_is_a_course_in_the_same_order(place: int) -> None:
    titles = [folded(definition["title"]["fa"]) for definition in required_areas()[place].definitions]
    assert titles == [folded(topic) for topic in list(FOUNDING_TEXT.values())[place]]


def test_the_seven_gains_are_those_of_the_founding_text_and_courses_serve_them_all() -> None:
    assert [f"{place}{folded(gain['fa'])}" for place, gain in enumerate(GAINS.values(), start=1)] == [
        folded(gain) for gain in SEVEN_GAINS
    ]
    assert {gain for definition in curriculum.definitions() for gain in definition["gains"]} == set(GAINS)


def localized(content: Any) -> list[dict[str, str]]:
    """Every text in two languages, wherever it stands."""
    if isinstance(content, dict) and "fa" in content:
        return [content]
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else []
    return [text for each in inner for text in localized(each)]


def test_everything_speaks_both_languages_and_is_written_in_one_form() -> None:
    found = curriculum.read()
    texts = localized([found.laws, found.competences, found.definitions, found.programmes])
    assert len(texts) > 200
    for text in texts:
        assert set(text) == {"fa", "en"}
        assert all(normalise(part) == part for part in text.values())


def test_every_course_says_what_it_is_for_and_what_it_teaches() -> None:
    for definition in curriculum.definitions():
        assert 1 <= len(definition["objectives"]) <= 3
        assert definition["topics"]
        assert definition["gains"]
        assert definition["competences"]


def test_practice_and_refreshing_are_said_only_where_there_is_a_reason() -> None:
    practical = {each["code"] for each in curriculum.definitions() if each.get("practical_hours")}
    assert practical == {"RD-03", "TS-04", "TS-05", "OC-03", "OC-04", "OC-06", "OC-07"}
    assert [each["code"] for each in curriculum.definitions() if each.get("refresh_every_months")] == ["TS-06"]


def test_every_competence_is_taught() -> None:
    taught = {each["code"] for definition in curriculum.definitions() for each in definition["competences"]}
    assert taught == {competence["code"] for competence in curriculum.read().competences}


def test_new_staff_are_taught_all_five_areas_and_everybody_the_rights_of_citizens() -> None:
    programmes = {
        each["code"]: [one["course_code"] for one in each["courses"]] for each in curriculum.read().programmes
    }
    assert programmes["INDUCTION"] == [one["code"] for area in required_areas() for one in area.definitions]
    assert programmes["CITIZEN-RIGHTS"] == ["CR-01", "CR-02"]


def test_no_programme_of_ours_passes_for_the_one_before_an_appointment() -> None:
    assert {each["purpose"] for each in curriculum.read().programmes} == {"induction", "other"}


def test_nothing_is_read_outside_the_folder_of_the_curriculum(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    really_open = io.open

    def recorded(path: Any, *args: Any, **kwargs: Any) -> Any:
        opened.append(Path(path))
        return really_open(path, *args, **kwargs)

    monkeypatch.setattr(io, "open", recorded)
    monkeypatch.setattr(builtins, "open", recorded)
    reading.read.__wrapped__()
    assert {path.name for path in opened} == {"laws.yaml", "competences.yaml", "courses.yaml", "programmes.yaml"}
    assert {path.parent for path in opened} == {Path(curriculum.__file__).parent}


def test_codes_follow_their_area_and_count_up() -> None:
    for area in curriculum.areas():
        codes = [definition["code"] for definition in area.definitions]
        assert codes == [f"{area.code}-{place:02d}" for place in range(1, len(codes) + 1)]


def test_suggested_hours_are_never_passed_off_as_the_regulation() -> None:
    suggested = [course for area in required_areas() for course in area.definitions]
    assert {course["hours_source"] for course in suggested} == {"suggestion"}
    assert sum(course["hours"] for course in suggested) == 66
    citizen_rights = [course for area in curriculum.areas() if not area.required for course in area.definitions]
    assert [course["hours"] for course in citizen_rights] == [10, 8]
    assert all("circular" in course["hours_source"] for course in citizen_rights)
