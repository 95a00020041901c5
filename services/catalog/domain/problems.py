"""Every wrong field at once: rules collect reasons under the paths of fields and raise one error."""

from shared.errors import Invalid

Problems = dict[str, list[str]]


def refuse(problems: Problems) -> None:
    """Raise Invalid naming every field in `problems`; nothing happens when there is none."""
    if problems:
        message = "; ".join(f"{path}: {reasons[0]}" for path, reasons in list(problems.items())[:5])
        raise Invalid("invalid_arguments", message, {"fields": problems})
