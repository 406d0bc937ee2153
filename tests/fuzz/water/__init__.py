"""Water networks: drawn, run by us and by two EPANETs, judged by laws recomputed here."""
