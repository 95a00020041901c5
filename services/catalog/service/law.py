"""Laws, articles and circulars: recorded, changed, looked up."""


class LawCalls:
    """Calls of this subject."""
