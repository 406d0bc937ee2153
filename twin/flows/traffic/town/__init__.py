"""What serves the city: its streets, the demand of its people, wear, lights and emissions."""
