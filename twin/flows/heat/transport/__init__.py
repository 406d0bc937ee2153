"""Heat on its way in time: plug flow through pipes, soil about them, and hours in a row."""
