"""Water mains laid along the streets, sized with the water solver."""

from gis.networks.water.water_layout import lay

__all__ = ["lay"]
