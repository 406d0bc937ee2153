"""District heating laid along the streets, sized by flow."""
