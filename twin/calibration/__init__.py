"""A twin of one town: its records of breaks, pipes and reports move the numbers they speak to."""
