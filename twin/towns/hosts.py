"""Where towns live: in this process, or spread over several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, final

from twin.core.errors import Fault, SolveError, TwinError
from twin.towns.town import LivingTown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection

    from twin.towns.town import Founding


class AbstractHost(ABC):
    """Holds towns and lets them act; each by its own state, so order and place do not matter."""

    @abstractmethod
    def each[T](self, act: Callable[..., T], arguments: Mapping[str, tuple[Any, ...]]) -> list[T]:
        """Return what an act of each town gives.

        Parameters
        ----------
        act
            Function of a module, which takes the town first.
        arguments
            Further arguments by town, in the order in which results come back.

        Raises
        ------
        TwinError
            What a town raises.
        """

    @abstractmethod
    def close(self) -> None:
        """Let the towns go."""


@final
class InProcess(AbstractHost):
    """Towns in this process, one after the other."""

    def __init__(self, foundings: Sequence[Founding]) -> None:
        self._towns = {one.name: LivingTown(one) for one in foundings}

    def each[T](self, act: Callable[..., T], arguments: Mapping[str, tuple[Any, ...]]) -> list[T]:
        """Return what an act of each town gives."""
        return [act(self._towns[name], *more) for name, more in arguments.items()]

    def close(self) -> None:
        """Let the towns go."""
        self._towns = {}


@final
class InProcesses(AbstractHost):
    """Towns spread over processes, all of which work at the same time.

    Parameters
    ----------
    foundings
        The towns.
    processes
        How many; a process holds every so-manieth town.
    """

    def __init__(self, foundings: Sequence[Founding], processes: int) -> None:
        context = get_context("spawn")  # numba's threads do not survive a fork
        number = min(processes, len(foundings))
        self._place = {one.name: place % number for place, one in enumerate(foundings)}
        self._links: list[Connection] = []
        self._processes = []
        for place in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, number), daemon=True)
            process.start()
            theirs.close()
            ours.send([one for one in foundings if self._place[one.name] == place])
            self._links.append(ours)
            self._processes.append(process)

    def each[T](self, act: Callable[..., T], arguments: Mapping[str, tuple[Any, ...]]) -> list[T]:
        """Return what an act of each town gives."""
        for place, link in enumerate(self._links):
            own = [(name, more) for name, more in arguments.items() if self._place[name] == place]
            link.send((act, own))
        found: dict[str, T] = {}
        for place, link in enumerate(self._links):
            found |= self._answer(place, link)
        return [found[name] for name in arguments]

    def _answer(self, place: int, link: Connection) -> dict[str, Any]:
        """Return what the towns of a process give."""
        try:
            answer = link.recv()
        except EOFError as error:
            names = ", ".join(name for name, where in self._place.items() if where == place)
            what = "its process ended without a result, most likely because memory ran out"
            raise SolveError(Fault(f"towns {names}", what, "run with fewer --jobs")) from error
        if isinstance(answer, TwinError):
            raise answer
        given: dict[str, Any] = answer
        return given

    def close(self) -> None:
        """End the processes."""
        for link in self._links:
            link.close()
        for process in self._processes:
            process.join()


def _serve(link: Connection, processes: int) -> None:
    """Hold towns in this process, and let them act as the other side says, until it closes."""
    import numba  # noqa: PLC0415 - slow to import, and here alone

    numba.set_num_threads(max(1, numba.get_num_threads() // processes))
    host: InProcess | None = None
    foundings = link.recv()
    while True:
        try:
            act, own = link.recv()
        except EOFError:
            return
        try:
            host = host or InProcess(foundings)
            answer: Any = {name: host.each(act, {name: more})[0] for name, more in own}
        except TwinError as error:
            answer = error
        link.send(answer)
