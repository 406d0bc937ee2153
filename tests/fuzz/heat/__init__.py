"""Heat networks: drawn, solved by us, judged by laws recomputed here and by pandapipes."""
