"""The words of the pages in Persian and in English."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.wrappers import Request

_Text = tuple[str, str]  # heading and explanation


@dataclass(frozen=True)
class Words:
    """What the pages say in one language."""

    language: str
    direction: str
    labels: Mapping[str, str]
    cadences: Mapping[str, str]
    refusals: Mapping[str, _Text]

    def __getitem__(self, name: str) -> str:
        return self.labels[name]


FA = Words(
    language="fa",
    direction="rtl",
    labels={
        "site": "پیام‌های سامانهٔ آموزش کارکنان",
        "skip": "رفتن به متن صفحه",
        "languages": "زبان",
        "ask": "لغو دریافت پیام",
        "ask_about": "با زدن دکمهٔ زیر، دیگر این پیام‌ها برای شما فرستاده نمی‌شود:",
        "ask_button": "لغو دریافت این پیام‌ها",
        "already": "این پیام‌ها هم‌اکنون نیز برای شما فرستاده نمی‌شود:",
        "done": "دریافت این پیام‌ها لغو شد.",
        "done_about": "دیگر این پیام‌ها برای شما فرستاده نمی‌شود:",
        "legal": "تصمیم‌هایی که بر حقوق و تکالیف شما اثر دارد، همیشه برای شما فرستاده می‌شود.",
        "all": "همهٔ انتخاب‌ها، و بازگرداندن این پیام‌ها",
        "choices": "چه پیام‌هایی و چه زمانی",
        "choices_about": "پیام‌هایی را که می‌خواهید علامت بزنید و ذخیره کنید.",
        "saved": "انتخاب‌های شما ذخیره شد.",
        "kinds": "پیام‌ها",
        "always": "همیشه فرستاده می‌شود",
        "partly": "تصمیم‌های رسمی آن همیشه فرستاده می‌شود",
        "when": "زمان فرستادن",
        "when_about": "پیام‌های فوری و تصمیم‌های رسمی منتظر نمی‌مانند.",
        "save": "ذخیره",
    },
    cadences={
        "immediately": "هر پیام همان هنگام",
        "daily": "همه با هم، هر روز کاری",
        "weekly": "همه با هم، هفته‌ای یک بار",
    },
    refusals={
        "unknown": ("این پیوند شناخته نشد.", "شاید بخشی از نشانی جا افتاده است؛ آن را دوباره از پیام خود باز کنید."),
        "erased": (
            "دیگر چیزی برای شما فرستاده نمی‌شود.",
            "داده‌های گیرندهٔ این پیام به درخواست او پاک شده است؛ نیازی به کار دیگری نیست.",
        ),
        "limited": ("در این چند لحظه درخواست‌های زیادی رسیده است.", "کمی بعد دوباره تلاش کنید."),
        "unread": ("درخواست خوانده نشد.", "صفحه را دوباره از پیوند پیام خود باز کنید و دکمهٔ آن را بزنید."),
    },
)

EN = Words(
    language="en",
    direction="ltr",
    labels={
        "site": "Messages of staff training",
        "skip": "Skip to the content",
        "languages": "Language",
        "ask": "Unsubscribe",
        "ask_about": "With the button below you will not be sent any more:",
        "ask_button": "Unsubscribe from these messages",
        "already": "You are not sent these messages any more:",
        "done": "You are unsubscribed.",
        "done_about": "You will not be sent any more:",
        "legal": "Decisions about your rights and duties are always sent to you.",
        "all": "All choices, and how to get these messages again",
        "choices": "Which messages, and when",
        "choices_about": "Tick the messages that you want, and save.",
        "saved": "Your choices are saved.",
        "kinds": "Messages",
        "always": "always sent",
        "partly": "official decisions among them are always sent",
        "when": "When to send",
        "when_about": "Urgent messages and official decisions do not wait.",
        "save": "Save",
    },
    cadences={
        "immediately": "Each message at once",
        "daily": "All together, every working day",
        "weekly": "All together, once a week",
    },
    refusals={
        "unknown": (
            "This link is not known.",
            "Maybe a part of the address is missing; please open it from your message again.",
        ),
        "erased": (
            "Nothing is sent to you any more.",
            "The data of this message’s reader was erased on request; nothing else needs to be done.",
        ),
        "limited": ("Too many requests came within moments.", "Please try again a little later."),
        "unread": (
            "The request could not be read.",
            "Please open the page from the link in your message again and press its button.",
        ),
    },
)

LANGUAGES = {"fa": FA, "en": EN}
# The link to the page in the other language.
OTHER = {"fa": ("en", "English"), "en": ("fa", "فارسی")}


def words_for(request: Request, language: str | None) -> Words:
    """`?lang=`, else the language of whoever the link was sent to, else what the browser prefers, else Persian."""
    asked = request.args.get("lang")
    if asked not in LANGUAGES:
        asked = language or request.accept_languages.best_match(list(LANGUAGES), "fa")
    return LANGUAGES[asked or "fa"]
