"""What training did, in figures, and what of them is shown to whom."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.enrollment.models.forms import form_answers, form_requests, test_scores
from shared.bulk import insert_rows
from shared.errors import Invalid, NotFound
from shared.ids import new_id
from shared.persian import jalali_year
from tests.integration.enrollment.forms import BEHAVIOUR, RESULTS, answer_all, forms_of, join, over, taken

AUDITOR = {"roles": ("auditor",)}
DAY = date(2026, 11, 24)


def item(level: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(next(each for each in level["items"] if each["item"] == name))


def test_the_reaction_is_mean_and_share_of_each_item_with_the_response_rate(world: Any) -> None:
    offering_id, _people = taken(world, 8, **over(world))
    answer_all(world, offering_id, 1, 3, 4, 4, 5, 5)
    level = world.call("effectiveness", offering_id=offering_id, **AUDITOR)["reaction"]
    assert (level["asked"], level["answered"], level["late"], level["response_rate"]) == (8, 6, 0, 0.75)
    overall = item(level, "overall")
    assert (overall["n"], overall["mean"], overall["share_high"]) == (6, 3.67, 0.67)
    assert (overall["questionnaire_agency"], overall["questionnaire_code"]) == (None, "REACTION")
    assert [each["item"] for each in level["items"]][:2] == ["goals_clear", "content_useful"]
    assert "remarks" not in [each["item"] for each in level["items"]]


def test_of_four_people_nothing_is_shown_and_of_five_everything(world: Any) -> None:
    offering_id, _people = taken(world, 5, **over(world))
    answer_all(world, offering_id, 2, 2, 2, 2, remarks="پیشنهاد نمونه")
    hidden = item(world.call("effectiveness", offering_id=offering_id)["reaction"], "overall")
    assert (hidden["n"], hidden["mean"], hidden["share_high"]) == (4, None, None)
    assert world.call("list_remarks", offering_id=offering_id)["items"] == []
    answer_all(world, offering_id, 5, remarks="نمی‌دانم")
    shown = item(world.call("effectiveness", offering_id=offering_id)["reaction"], "overall")
    assert (shown["n"], shown["mean"]) == (5, 2.6)
    remarks = world.call("list_remarks", offering_id=offering_id)["items"]
    assert sorted(remark["text"] for remark in remarks) == ["نمی‌دانم"] + ["پیشنهاد نمونه"] * 4
    assert {name for remark in remarks for name in remark} == {"item", "text"}


def test_a_single_guest_cannot_be_read_by_subtracting_one_s_own_people(world: Any) -> None:
    offering_id, _people = taken(world, 6, capacity=20, open_to="all", **over(world))
    join(world, offering_id, 1, "AG-B")
    answer_all(world, offering_id, 4, 4, 4, 4, 4, 4, 1, remarks="نوشتهٔ نمونه")
    own = world.call("effectiveness", offering_id=offering_id, agency="AG-A", **AUDITOR)["reaction"]
    assert (item(own, "overall")["n"], item(own, "overall")["mean"]) == (6, 4.0)
    assert len(world.call("list_remarks", offering_id=offering_id, agency="AG-A", **AUDITOR)["items"]) == 6
    guest = world.call("effectiveness", offering_id=offering_id, agency="AG-B", **AUDITOR)["reaction"]
    assert (guest["asked"], item(guest, "overall")["mean"]) == (1, None)
    national = world.call("effectiveness", offering_id=offering_id)["reaction"]
    assert (item(national, "overall")["n"], item(national, "overall")["mean"]) == (7, 3.57)


def test_five_guests_are_part_of_the_figures(world: Any) -> None:
    offering_id, _people = taken(world, 5, agency="AG-B", open_to="all", **over(world))
    answer_all(world, offering_id, 1, 2, 3, 4, 5)
    level = world.call("effectiveness", offering_id=offering_id, agency="AG-A", **AUDITOR)["reaction"]
    assert (item(level, "overall")["n"], item(level, "overall")["mean"]) == (5, 3.0)


def test_figures_are_narrowed_by_course_provider_agency_and_year(world: Any) -> None:
    one, _people = taken(world, 5, course_code="RD-01", provider_code="SMTC", **over(world))
    other, _people = taken(world, 5, agency="AG-B", agency_code="AG-B", course_code="RD-02", **over(world))
    answer_all(world, one, 5, 5, 5, 5, 5)
    answer_all(world, other, 1, 1, 1, 1, 1)
    year = jalali_year(over(world)["ends_on"])

    def mean(**asked: Any) -> Any:
        level = world.call("effectiveness", **asked)["reaction"]
        return item(level, "overall")["mean"] if level["items"] else None

    assert (mean(course_code="RD-01"), mean(course_code="RD-02"), mean(course_code="RD-03")) == (5.0, 1.0, None)
    assert (mean(provider_code="SMTC"), mean(provider_code="AG-B"), mean(provider_code="AG-A")) == (5.0, 1.0, None)
    assert (mean(agency_code="AG-A"), mean(agency_code="AG-B")) == (5.0, 1.0)
    assert (mean(agency_code="AG-A", jalali_year=year), mean(agency_code="AG-A", jalali_year=year - 1)) == (5.0, None)
    assert mean(agency_code="AG-A", course_code="RD-02") is None
    assert mean(course_code="RD-02", agency="AG-A", **AUDITOR) is None


def test_an_agency_sees_the_figures_of_those_below_it(world: Any) -> None:
    world.call("change_agency", code="AG-B", parent_code="AG-A")
    below, _people = taken(world, 5, agency="AG-B", agency_code="AG-B", course_code="RD-02", **over(world))
    answer_all(world, below, 1, 2, 3, 4, 5)
    for asked in ({"offering_id": below}, {"agency_code": "AG-A"}, {"agency_code": "AG-B"}, {"course_code": "RD-02"}):
        level = world.call("effectiveness", agency="AG-A", **asked, **AUDITOR)["reaction"]
        assert (item(level, "overall")["n"], item(level, "overall")["mean"]) == (5, 3.0)
    assert world.call("effectiveness", agency="AG-C", course_code="RD-02", **AUDITOR)["reaction"]["items"] == []
    (one,) = join(world, world.offering(agency_code="AG-B"), 1, "AG-B")
    shown = world.call("get_enrollment", enrollment_id=one)
    rows = [{"enrollment_id": one, "score": 40}]
    fields = {"offering_id": shown["offering_id"], "kind": "pre", "rows": rows, "roles": ("training_officer",)}
    assert world.call("record_tests", agency="AG-A", **fields)["recorded"] == 1
    with pytest.raises(NotFound):
        world.call("record_tests", agency="AG-C", **fields)


def test_what_is_another_agency_s_is_not_found(world: Any) -> None:
    offering_id, _people = taken(world, 1, **over(world))
    stranger = {"agency": "AG-C", **AUDITOR}
    for asked, code in (
        ({"offering_id": offering_id}, "offering_not_found"),
        ({"offering_id": str(uuid4())}, "offering_not_found"),
        ({"agency_code": "AG-A"}, "agency_not_found"),
    ):
        with pytest.raises(NotFound) as hidden:
            world.call("effectiveness", **asked, **stranger)
        assert hidden.value.code == code
    with pytest.raises(NotFound):
        world.call("list_remarks", offering_id=offering_id, **stranger)
    with pytest.raises(Invalid) as refused:
        world.call("effectiveness", jalali_year=1405)
    assert list(refused.value.details["fields"]) == ["offering_id"]


def test_remarks_are_paged_and_none_is_lost(world: Any) -> None:
    offering_id, _people = taken(world, 7, **over(world))
    answer_all(world, offering_id, *[4] * 7, remarks="نوشته")
    first = world.call("list_remarks", offering_id=offering_id, limit=4)
    rest = world.call("list_remarks", offering_id=offering_id, limit=4, cursor=first["next"])
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (4, 3, None)


def score(world: Any, offering_id: str, kind: str, scores: dict[str, float], **more: Any) -> Any:
    rows = [{"enrollment_id": each, "score": number} for each, number in scores.items()]
    return world.call("record_tests", offering_id=offering_id, kind=kind, rows=rows, **more)


def test_the_gain_is_over_those_with_both_scores(world: Any) -> None:
    offering_id, people = taken(world, 7)
    score(world, offering_id, "pre", dict(zip(people, (40, 50, 60, 80, 100, 0), strict=False)))
    score(world, offering_id, "post", dict(zip(people[:5] + people[6:], (70, 75, 80, 90, 100, 100), strict=True)))
    level = world.call("effectiveness", offering_id=offering_id)["learning"]
    assert (level["n"], level["pre"], level["post"], level["gain"]) == (5, 66.0, 83.0, 17.0)
    # Four could still gain; what they did is theirs.
    assert (level["normalised_n"], level["normalised_gain"]) == (0, None)
    score(world, offering_id, "post", {people[5]: 50})
    level = world.call("effectiveness", offering_id=offering_id)["learning"]
    assert (level["n"], level["normalised_n"], level["normalised_gain"]) == (6, 5, 0.5)


def test_scores_can_be_given_again_and_bad_rows_are_rejected_one_by_one(world: Any) -> None:
    offering_id, (one, two, gone) = taken(world, 3)
    world.call("withdraw", enrollment_id=gone, reason="بیماری")
    _other, (elsewhere,) = taken(world, 1)
    officer = {"roles": ("training_officer",)}
    rows = [{"enrollment_id": each, "score": 50} for each in (one, one, two, gone, elsewhere)]
    reply = world.call("record_tests", offering_id=offering_id, kind="pre", rows=rows, **officer)
    assert (reply["recorded"], reply["changed"], reply["unchanged"]) == (2, 0, 0)
    assert [row["code"] for row in reply["rejected"]] == ["duplicate_row", "withdrawn", "enrollment_not_found"]
    again = score(world, offering_id, "pre", {one: 50, two: 60}, **officer)
    assert (again["recorded"], again["changed"], again["unchanged"]) == (0, 1, 1)
    with world.harness.db.reading() as tx:
        kept = {str(row.enrollment_id): row.score for row in tx.execute(sa.select(test_scores))}
    assert kept == {one: 50.0, two: 60.0}
    with pytest.raises(Invalid) as refused:
        score(world, offering_id, "post", {one: 100.5})
    assert list(refused.value.details["fields"]) == ["rows[0].score"]
    with pytest.raises(NotFound):
        score(world, offering_id, "pre", {one: 1}, agency="AG-B", **officer)


def test_a_thousand_scores_take_a_handful_of_statements(world: Any) -> None:
    offering_id, people = taken(world, 50, capacity=60)
    with world.statements() as few:
        score(world, offering_id, "pre", {people[0]: 10})
    with world.statements() as many:
        score(world, offering_id, "pre", dict.fromkeys(people[1:], 10))
    assert len(many) == len(few)


def test_behaviour_and_gains_have_their_levels(world: Any) -> None:
    offering_id, people = taken(world, 5, open_to="all", **over(world))
    behaviour = [request(offering_id, each) for each in people]
    with world.harness.db.transaction() as tx:
        insert_rows(tx, form_requests, behaviour)
    for row in behaviour:
        world.call("submit_form", form_id=row["id"], answers=BEHAVIOUR)
    join(world, offering_id, 1, "AG-B")
    for agency, goals in (("AG-A", 5), ("AG-B", 2)):
        answers = RESULTS | {"goals": goals}
        world.call("submit_results_form", offering_id=offering_id, agency_code=agency, answers=answers)
    figures = world.call("effectiveness", offering_id=offering_id)
    assert item(figures["behaviour"], "applies")["mean"] == 3.0
    assert item(figures["behaviour"], "opportunity")["share_high"] == 1.0
    gains = {each["gain"]: (each["n"], each["mean"]) for each in figures["results"]["gains"]}
    assert (len(gains), gains["goals"], gains["morale"]) == (7, (2, 3.5), (2, 4.0))
    assert figures["results"]["answered"] == 2


def request(offering_id: str, enrollment_id: str, kind: str = "behaviour") -> dict[str, Any]:
    """A form as the clock opens it."""
    return {
        "id": new_id(),
        "kind": kind,
        "about_id": UUID(enrollment_id) if kind == "behaviour" else new_id(),
        "enrollment_id": UUID(enrollment_id),
        "offering_id": UUID(offering_id),
        "agency_code": "AG-A",
        "respondent_id": None,
        "questionnaire_agency": "",
        "questionnaire_code": kind.upper(),
        "questionnaire_version": 1,
        "opened_on": DAY,
        "due_on": DAY,
    }


def test_figures_of_ten_thousand_answers_take_a_fixed_number_of_statements(world: Any) -> None:
    offering_id, people = taken(world, 1, **over(world))
    with world.statements() as few:
        world.call("effectiveness", offering_id=offering_id)
    with world.harness.db.transaction() as tx:
        forms = [request(offering_id, people[0], "reaction") for _form in range(10_000)]
        insert_rows(tx, form_requests, forms)
        names = {"item": "overall", "text": None}
        answers = [{"form_id": form["id"], "number": 1.0 + n % 5, "place": uuid4()} for n, form in enumerate(forms)]
        insert_rows(tx, form_answers, [row | names for row in answers])
    with world.statements() as many:
        figures = world.call("effectiveness", offering_id=offering_id)
    overall = item(figures["reaction"], "overall")
    assert (overall["n"], overall["mean"], overall["share_high"]) == (10_000, 3.0, 0.4)
    assert len(many) == len(few)


ITEMS = [
    {"code": "liked", "kind": "yes_no", "text": {"fa": "پسندیدید؟"}},
    {
        "code": "length",
        "kind": "choice",
        "text": {"fa": "مدت دوره چگونه بود؟"},
        "choices": [{"code": code, "text": {"fa": code}} for code in ("short", "right", "long")],
    },
]


def publish(world: Any, **changes: Any) -> Any:
    given = {"code": "OURS", "kind": "reaction", "title": {"fa": "فرم ما"}, "items": ITEMS, "agency_code": "AG-A"}
    return world.call("publish_questionnaire", **{"roles": ("training_officer",)} | given | changes)


def test_an_agency_asks_by_its_own_questionnaire_from_the_next_form_on(world: Any) -> None:
    before, _people = taken(world, 1, **over(world))
    world.harness.service.open_forms()
    assert publish(world)["version"] == 1
    offering_id, _people = taken(world, 5, **over(world))
    world.harness.service.open_forms()
    for number, form in enumerate(forms_of(world, offering_id)):
        answers = {"liked": number > 0, "length": "right" if number else "long"}
        world.call("submit_form", form_id=form["form_id"], answers=answers)
    level = world.call("effectiveness", offering_id=offering_id)["reaction"]
    liked, length = item(level, "liked"), item(level, "length")
    assert (liked["questionnaire_agency"], liked["mean"], liked["share_high"]) == ("AG-A", 0.8, 0.8)
    assert length["shares"] == {"short": 0.0, "right": 0.8, "long": 0.2}
    assert length["mean"] is None
    (old,) = forms_of(world, before)
    asked = world.call("get_form", form_id=old["form_id"])["questionnaire"]
    assert (asked["code"], asked["agency_code"]) == ("REACTION", None)


def test_the_same_questionnaire_again_is_the_same_version_and_another_wording_the_next(world: Any) -> None:
    first = publish(world)
    assert publish(world) == first
    second = publish(world, title={"fa": "فرم تازهٔ ما"})
    assert (second["version"], second["title"]) == (2, {"fa": "فرم تازهٔ ما"})
    old = world.call("get_questionnaire", code="OURS", version=1, agency_code="AG-A")
    assert old == first
    assert world.call("get_questionnaire", code="OURS", agency_code="AG-A")["version"] == 2
    offering_id, _people = taken(world, 1, **over(world))
    world.harness.service.open_forms()
    (form,) = forms_of(world, offering_id)
    assert world.call("get_form", form_id=form["form_id"])["questionnaire"]["version"] == 2


def test_questionnaires_are_listed_after_the_product_s_own_and_others_are_not_found(world: Any) -> None:
    publish(world)
    publish(world, agency_code="AG-B", agency="AG-B")

    def codes(**more: Any) -> list[tuple[Any, str]]:
        found, cursor = [], None
        while True:
            page = world.call("list_questionnaires", limit=2, cursor=cursor, **more)
            found += [(each["agency_code"], each["code"]) for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return found

    product = [(None, "BEHAVIOUR"), (None, "REACTION"), (None, "RESULTS")]
    assert codes(**AUDITOR) == [*product, ("AG-A", "OURS")]
    assert codes() == [*product, ("AG-A", "OURS"), ("AG-B", "OURS")]
    assert codes(kind="results") == [(None, "RESULTS")]
    for more in ({"agency_code": "AG-B"}, {"agency_code": "AG-A", "version": 7}, {}):
        with pytest.raises(NotFound) as hidden:
            world.call("get_questionnaire", code="OURS", **more, **AUDITOR)
        assert hidden.value.code == "questionnaire_not_found"


def test_a_wrong_questionnaire_is_refused_with_every_field(world: Any) -> None:
    scale = {"code": "a", "kind": "scale", "text": {"fa": "؟"}, "min": 5, "max": 1}
    choice = {"code": "a", "kind": "choice", "text": {"fa": "؟"}, "choices": []}
    with pytest.raises(Invalid) as refused:
        publish(world, items=[scale, choice])
    assert sorted(refused.value.details["fields"]) == ["items[0].max", "items[1].choices", "items[1].code"]
    with pytest.raises(Invalid) as results:
        publish(world, kind="results")
    assert list(results.value.details["fields"]) == ["items"]
    with pytest.raises(Invalid):
        publish(world, items=[])
    with pytest.raises(NotFound):
        publish(world, agency_code="AG-B")
