"""Policies: dated, sourced, correctable numbers and choices. A service names its keys, its file and its table."""

from shared.policies.store import Policies, policy_table

__all__ = ["Policies", "policy_table"]
