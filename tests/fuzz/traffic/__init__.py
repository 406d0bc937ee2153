"""Street networks: drawn, assigned by us, judged by gap, balance and objective found anew."""
