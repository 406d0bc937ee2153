"""A solver in a process of its own, so that a crash or an endless loop is a finding."""

import math
import multiprocessing
import traceback

_SPAWN = multiprocessing.get_context("spawn")
FIRST_CALL_S = 580.0
"""A first call may compile."""


class Worker:
    """Runs one function in a process that is started again after a crash or a timeout."""

    def __init__(self, function, timeout_s=20.0):
        self._function, self._timeout_s = function, timeout_s
        self._process, self._pipe, self._warm = None, None, False

    def run(self, *given):
        """Return ("done", result), or what happened and where: raised, crashed, endless."""
        if self._process is None:
            self._pipe, far = _SPAWN.Pipe()
            arguments = (self._function, far)
            self._process = _SPAWN.Process(target=_serve, args=arguments, daemon=True)
            self._process.start()
            far.close()
        self._pipe.send(given)
        limit = self._timeout_s if self._warm else FIRST_CALL_S
        try:
            if self._pipe.poll(limit):
                answer = self._pipe.recv()
                self._warm = True
                return answer
            answer = "endless", f"no answer within {limit:g} s"
        except EOFError:
            self._process.join(5.0)
            answer = "crashed", f"exit code {self._process.exitcode}"
        self.stop()
        return answer

    def stop(self):
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process, self._pipe, self._warm = None, None, False


class Here:
    """Runs one function in this process, for short runs that nothing is meant to crash."""

    def __init__(self, function, timeout_s=math.inf):
        self._function, self.timeout_s = function, timeout_s

    def run(self, *given):
        """Return ("done", result); what is raised is raised."""
        return "done", self._function(*given)

    def stop(self):
        """Leave nothing behind."""


def _serve(function, pipe):
    while True:
        try:
            given = pipe.recv()
        except EOFError:
            return
        try:
            answer = "done", function(*given)
        except Exception as error:  # noqa: BLE001 - whatever is raised is the finding
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{where.filename.rsplit('/', 1)[-1]}:{where.name}"
            answer = "raised", (type(error).__name__, place, str(error)[:2000])
        pipe.send(answer)
