"""The last few things that were worked out, by what they were worked out from."""

from __future__ import annotations

from typing import final


@final
class Recent[Key, Value]:
    """Values by key; where more than `capacity` are kept, the least recently used is dropped."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, None where it is not kept."""
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
        return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        self._values.pop(key, None)
        self._values[key] = value
        if len(self._values) > self._capacity:
            self._values.pop(next(iter(self._values)))

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()
