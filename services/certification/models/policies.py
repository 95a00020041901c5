"""Values of policies that were recorded here, in place of those that came with the product."""

from services.certification.models.tables import metadata
from shared.policies import policy_table

policies = policy_table(metadata)
