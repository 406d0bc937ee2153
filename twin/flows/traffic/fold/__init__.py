"""Dead ends folded into the nodes they hang from: trips there have one way only."""
