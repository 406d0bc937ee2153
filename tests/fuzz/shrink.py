"""Make a finding small: take away what it does not need, as long as it is still found."""


def shrink(thing, edits, still_found, *, most=250):
    """Return the smallest thing reached by edits that keep the finding, and how many were tried.

    `edits(thing)` yields candidates, the boldest first; the first that keeps the finding is taken
    and the search begins again from it.
    """
    tried, seen = 0, {str(thing)}
    while True:
        for candidate in edits(thing):
            key = str(candidate)
            if key in seen:
                continue
            if tried >= most:
                return thing, tried
            seen.add(key)
            tried += 1
            if still_found(candidate):
                thing = candidate
                break
        else:
            return thing, tried
