"""All trips of an origin on its cheapest ways."""
