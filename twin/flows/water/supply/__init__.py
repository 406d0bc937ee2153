"""What water can reach."""
