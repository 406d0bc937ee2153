"""The simulated city: step order, Mesa model, recorder."""
