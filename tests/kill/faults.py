"""What is done to a sweep while it runs."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
PERIOD_S = 2.0


def start(out, n_runs, cluster=""):
    """Start a client; its words go to `client.log` beside the results."""
    log = (Path(out).parent / "client.log").open("a")
    command = [sys.executable, "-m", "tests.kill.client", str(out), str(n_runs), cluster]
    return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def parts(out):
    """Return how many runs lie on disk as parts of their own or merged."""
    return len(list(Path(out).glob("*/runs/part-*.parquet")))


def workers_of(client):
    """Return the worker processes of a client."""
    try:
        children = psutil.Process(client.pid).children(recursive=True)
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]
    except psutil.Error:
        return []


def worker(out, n_runs, chance):
    """Kill a random worker every 2 s, as long as runs end in between, until the client ends."""
    client, killed, before = start(out, n_runs), 0, 0
    while client.poll() is None:
        time.sleep(PERIOD_S)
        alive = workers_of(client)
        if alive and parts(out) > before:
            before = parts(out)
            chance.choice(alive).kill()
            killed += 1
    return killed


def client(out, n_runs, chance):
    """Kill the client at random moments, thrice."""
    killed = 0
    for _ in range(3):
        running, before = start(out, n_runs), parts(out)
        while running.poll() is None and parts(out) <= before:
            time.sleep(0.05)
        time.sleep(chance.uniform(0.0, 3.0))
        orphans = workers_of(running)
        if running.poll() is None:
            running.kill()
            killed += 1
        running.wait()
        for orphan in orphans:  # their nanny lived in the client
            if orphan.is_running():
                orphan.kill()
    return killed


@contextmanager
def cluster():
    """Give a scheduler with two workers of this machine, and its address."""
    code = (
        "import asyncio, sys\nfrom distributed import Scheduler\n"
        "async def main():\n"
        "    async with Scheduler(port=0, dashboard_address=None, host='127.0.0.1') as s:\n"
        "        print(s.address, flush=True)\n"
        "        await s.finished()\n"
        "asyncio.run(main())\n"
    )
    scheduler = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    address = scheduler.stdout.readline().strip()
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address]
    options = ["--nthreads", "1", "--nworkers", "2", "--no-dashboard", "--death-timeout", "20"]
    nannies = subprocess.Popen([*command, *options], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield scheduler, address
    finally:
        for process in (nannies, scheduler):
            children = (
                psutil.Process(process.pid).children(recursive=True)
                if process.poll() is None
                else []
            )
            process.kill()
            process.wait()
            for child in children:
                if child.is_running():
                    child.kill()
        scheduler.stdout.close()


def scheduler(out, n_runs, chance):
    """Kill the scheduler of a cluster under way; the client must end by itself."""
    with cluster() as (process, address):
        running = start(out, n_runs, address)
        while running.poll() is None and parts(out) < 3:
            time.sleep(0.05)
        time.sleep(chance.uniform(0.0, 2.0))
        process.kill()
        running.wait(timeout=300)
    return 1


def disk(out, n_runs, _chance):
    """Run into a full disk: a file system of 300 kB, which is enlarged afterwards."""
    Path(out).mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(out)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        return 0
    running = start(out, n_runs)
    running.wait()
    subprocess.run(["mount", "-o", "remount,size=500m", str(out)], check=True)
    return 1


FAULTS = {"worker": worker, "client": client, "scheduler": scheduler, "disk": disk}


def chance_of(name):
    return random.Random(name)  # noqa: S311 - moments of kills, nothing secret
