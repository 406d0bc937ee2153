"""What a city's heat network needs beyond the library: demand, trenches, make-up water."""
