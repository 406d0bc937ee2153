"""What services know of their assets: a register with errors, breaks on record, inspections."""

from twin.assets.knowledge.knowledge import Knowledge
from twin.assets.knowledge.numbers import KnowledgeNumbers

__all__ = ["Knowledge", "KnowledgeNumbers"]
