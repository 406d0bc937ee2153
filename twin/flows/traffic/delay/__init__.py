"""How the time on a link grows with its flow."""
