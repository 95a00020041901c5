"""Annual plans: drafted, submitted, decided on, followed up."""


class PlanCalls:
    """Calls of this subject."""
