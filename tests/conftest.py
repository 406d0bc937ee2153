"""Shared by all tests: where real data lie, and how hypothesis runs."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures_city import small_city as build_small_city

settings.register_profile(
    "twin",
    deadline=None,  # a first call compiles
    derandomize=True,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("twin")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real networks and cities, which is not part of the project."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("TWIN_TEST_DATA", root.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}; set TWIN_TEST_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def small_city():
    """Synthetic town of 3,000 people, shared by all tests of a process; do not change it."""
    return build_small_city()
