"""District heating laid along the streets, sized by flow."""

from gis.networks.heat.heat_layout import lay

__all__ = ["lay"]
