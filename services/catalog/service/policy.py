"""Numbers that are data: recorded and looked up."""


class PolicyCalls:
    """Calls of this subject."""
