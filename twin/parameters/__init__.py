"""Every number of the model that is assumed, with unit, bounds, source and grade; one file a field.

Each class is a group that a scenario can set under `parameters:` (`twin.core.parameters` says
how). Whoever uses a number gets the group passed in. Here and not beside their users, so that a
scenario file can be checked without the compiled rooms that use them.
"""

from twin.parameters.people import BehaviourParams, PaymentParams

__all__ = ["BehaviourParams", "PaymentParams"]
