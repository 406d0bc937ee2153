"""Water mains laid along the streets, sized with the water solver."""
