"""What somebody can do about a criterion that is not met, in words."""

ADVICE: dict[str, dict[str, str]] = {
    "level_not_given": {
        "fa": "این سطح داده نمی‌شود.",
        "en": "This level is not given.",
    },
    "record_degree": {
        "fa": "مدرک تحصیلی ثبت نشده یا خوانا نیست؛ دستگاه آن را با change_employee ثبت کند: دیپلم، کاردانی، کارشناسی، "
        "کارشناسی ارشد یا دکتری.",
        "en": "The degree is not recorded or not understood; the agency records it by change_employee as diploma, "
        "associate, bachelor, master or doctorate.",
    },
    "another_level": {
        "fa": "این سطح مدرک پایه دیگری می‌خواهد.",
        "en": "This level asks for another base degree.",
    },
    "record_degree_status": {
        "fa": "معتبر یا معادل بودن مدرک ثبت نشده است؛ دستگاه آن را با change_employee ثبت کند.",
        "en": "Whether the degree is valid or equivalent is not recorded; the agency records it by change_employee.",
    },
    "degree_is_equivalent": {
        "fa": "مدرک معادل پایه گواهینامه نوع دوم نیست.",
        "en": "An equivalent degree (moadel) is no base for a type-2 certificate.",
    },
    "once_in_a_career": {
        "fa": "گواهینامه نوع دوم در طول خدمت به همین تعداد داده می‌شود.",
        "en": "No more type-2 certificates than these are given in a career.",
    },
    "record_employment": {
        "fa": "سابقه خدمت ثبت نشده است.",
        "en": "No service is recorded.",
    },
    "wait": {
        "fa": "سنوات خدمت هنوز کافی نیست.",
        "en": "The years of service are not complete yet.",
    },
    "more_hours": {
        "fa": "ساعت‌های بیشتری لازم است؛ سقف هر سال و ساعت‌هایی که به کار رفته‌اند کنار گذاشته شده‌اند.",
        "en": "More hours are needed; what is above a year's cap or was used before is left out.",
    },
    "do_research": {
        "fa": "ساعت‌های طرح تحقیقی پس از پذیرش درخواست ثبت می‌شود.",
        "en": "The hours of a research project are recorded once the application is accepted.",
    },
    "sit_the_exam": {
        "fa": "آزمون جامع پس از پذیرش درخواست برگزار و نمره آن ثبت می‌شود.",
        "en": "The comprehensive exam is sat and recorded once the application is accepted.",
    },
}
