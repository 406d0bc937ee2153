"""The heat carrier: its properties as tables, and the friction of its flow in a pipe."""
