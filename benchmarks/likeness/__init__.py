"""How like real towns and networks the generated ones are."""
