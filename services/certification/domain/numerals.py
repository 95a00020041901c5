"""Numbers in words, as certificates write them beside the figures: sixteen, شانزده; four and a half is چهار و نیم."""


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_FA_SMALL = _listed("صفر یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده")
_FA_TENS = _listed("- - بیست سی چهل پنجاه شصت هفتاد هشتاد نود")
_FA_HUNDREDS = _listed("- صد دویست سیصد چهارصد پانصد ششصد هفتصد هشتصد نهصد")
_FA_PARTS = ("دهم", "صدم", "هزارم")
_EN_SMALL = _listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_EN_TENS = _listed("- - twenty thirty forty fifty sixty seventy eighty ninety")
LARGEST = 1_000_000


def words_fa(number: str) -> str:
    """A decimal text such as "4.5" in Persian words; "" beyond a million or with more than three decimals."""
    whole, parts = _split(number)
    if whole is None:
        return ""
    if parts == "":
        return _fa(whole)
    fraction = "نیم" if parts == "5" else f"{_fa(int(parts))} {_FA_PARTS[len(parts) - 1]}"
    return fraction if whole == 0 else f"{_fa(whole)} و {fraction}"


def words_en(number: str) -> str:
    """A decimal text in English words, digit by digit after the point; "" where `words_fa` has none either."""
    whole, parts = _split(number)
    if whole is None:
        return ""
    return " ".join([_en(whole), *(["point"] if parts else []), *(_EN_SMALL[int(digit)] for digit in parts)])


def _split(number: str) -> tuple[int | None, str]:
    whole, _, parts = number.partition(".")
    parts = parts.rstrip("0")
    fits = whole.isdigit() and int(whole) < LARGEST and len(parts) <= len(_FA_PARTS)
    return (int(whole), parts) if fits else (None, "")


def _fa(number: int) -> str:
    if number < 20:
        return _FA_SMALL[number]
    thousands, below = divmod(number, 1000)
    said = [] if thousands == 0 else ["هزار" if thousands == 1 else f"{_fa(thousands)} هزار"]
    if below >= 100:
        said.append(_FA_HUNDREDS[below // 100])
    rest = below % 100
    if rest >= 20:
        said.append(_FA_TENS[rest // 10])
        rest %= 10
    return " و ".join([*said, *([_FA_SMALL[rest]] if rest else [])])


def _en(number: int) -> str:
    if number < 20:
        return _EN_SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _EN_TENS[tens] + (f"-{_EN_SMALL[ones]}" if ones else "")
    unit, name, joint = (1000, "thousand", " ") if number >= 1000 else (100, "hundred", " and ")
    count, rest = divmod(number, unit)
    joint = " and " if rest < 100 else joint
    return f"{_en(count)} {name}" + (f"{joint}{_en(rest)}" if rest else "")
