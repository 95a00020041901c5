"""A small curriculum in a folder, for tests of how one is read and seeded."""

from pathlib import Path

FILES = {
    "laws.yaml": """
sources: {page: "صفحهٔ نمونه"}
laws:
  - {code: NEW, kind: circular, number: "200/2", title: {fa: "بخشنامهٔ تازه"}, source: page, confidence: F}
  - code: OLD
    kind: circular
    issued_on: "2001-01-01"
    title: {fa: "بخشنامهٔ پیشین"}
    status: repealed
    changed_on: "2020-01-01"
    successor: NEW
    source: page
    confidence: I
  - code: ACT
    kind: law
    issued_on: "1990-01-01"
    article_count: 10
    title: {fa: "قانون نمونه"}
    source: page
    confidence: F
    articles:
      - {articles: [1, 2], title: {fa: "موضوع"}, source: page, confidence: F}
      - articles: [3]
        title: {fa: "موضوع دیگر"}
        status: repealed
        changed_on: "2016-05-09"
        source: page
        confidence: F
""",
    "competences.yaml": """
competences:
  - {code: SKILL, title: {fa: "مهارت"}, levels: [{fa: "می‌شناسد"}, {fa: "به کار می‌بندد"}]}
""",
    "courses.yaml": """
hours_source: suggestion
areas:
  - code: RD
    title: {fa: "حوزه"}
    course_type: job
    courses:
      - code: RD-01
        title: {fa: "درس یکم"}
        hours: 2
        gains: [goals]
        competences: [{code: SKILL, level: 2}]
        cites: [{law: ACT, articles: [1, 2], note: "یادداشت"}, {law: NEW}]
      - {code: RD-02, title: {fa: "درس دوم"}, hours: 4, prerequisites: [RD-01]}
extras: []
""",
    "programmes.yaml": """
programmes:
  - code: FIRST
    title: {fa: "برنامهٔ نمونه"}
    courses: [{course_code: RD-01}, {course_code: RD-02, compulsory: false}]
""",
}


def write_curriculum(folder: Path, *changes: tuple[str, str]) -> Path:
    """The small curriculum, with each first text of `changes` replaced by the second wherever it stands."""
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        changed = text
        for before, after in changes:
            changed = changed.replace(before, after)
        (folder / name).write_text(changed, encoding="utf-8")
    assert all(any(before in text for text in FILES.values()) for before, _ in changes)
    return folder
