import pytest

from services.certification.domain.numerals import words_en, words_fa


@pytest.mark.parametrize(
    ("number", "fa", "en"),
    [
        ("0", "صفر", "zero"),
        ("16", "شانزده", "sixteen"),
        ("0.5", "نیم", "zero point five"),
        ("4.5", "چهار و نیم", "four point five"),
        ("2.50", "دو و نیم", "two point five"),
        ("2.05", "دو و پنج صدم", "two point zero five"),
        ("7.25", "هفت و بیست و پنج صدم", "seven point two five"),
        ("8.333", "هشت و سیصد و سی و سه هزارم", "eight point three three three"),
        ("21", "بیست و یک", "twenty-one"),
        ("100", "صد", "one hundred"),
        ("176", "صد و هفتاد و شش", "one hundred and seventy-six"),
        ("1000", "هزار", "one thousand"),
        ("1001", "هزار و یک", "one thousand and one"),
        ("2340", "دو هزار و سیصد و چهل", "two thousand three hundred and forty"),
        ("1000000", "", ""),
        ("1.2345", "", ""),
    ],
)
def test_numbers_are_said_in_words(number: str, fa: str, en: str) -> None:
    assert (words_fa(number), words_en(number)) == (fa, en)
