"""Loose street lines become one clean graph; each repair is kept, and can be left out."""
