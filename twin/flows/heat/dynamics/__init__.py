"""A heat network hour by hour: what flows is steady, what is warm travels."""
