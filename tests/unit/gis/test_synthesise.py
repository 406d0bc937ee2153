import os
import subprocess
import sys

import pytest

from gis.cache import cache_root, cached_city, city_key
from gis.synthesise import synthesise
from twin.city.bundle import load_city, save_city


@pytest.fixture(scope="module")
def hamlet():
    return synthesise(3_000, 5, "hamlet")


def test_same_seed_gives_the_same_city_and_another_does_not(hamlet):
    assert synthesise(3_000, 5, "hamlet").content_hash() == hamlet.content_hash()
    assert synthesise(3_000, 6, "hamlet").content_hash() != hamlet.content_hash()


def test_city_survives_storage(hamlet, tmp_path):
    folder = save_city(hamlet, tmp_path / "hamlet")
    again = load_city(folder)
    assert again.content_hash() == hamlet.content_hash()
    assert again.notes == hamlet.notes


def test_second_call_reads_the_cache(tmp_path, monkeypatch):
    first = cached_city(3_000, 5, tmp_path, name="hamlet")
    built = list(tmp_path.iterdir())
    assert [path.name for path in built] == [f"hamlet-3000-5-{city_key(3_000, 5, 'hamlet')}"]
    module = sys.modules["gis.synthesise"]
    monkeypatch.setattr(module, "synthesise", lambda *_: pytest.fail("built again"))
    second = cached_city(3_000, 5, tmp_path, name="hamlet")
    assert second.content_hash() == first.content_hash()


def test_damaged_cache_is_built_again(tmp_path, caplog):
    first = cached_city(3_000, 5, tmp_path, name="hamlet")
    folder = next(tmp_path.iterdir())
    (folder / "persons.parquet").unlink()
    again = cached_city(3_000, 5, tmp_path, name="hamlet")
    assert again.content_hash() == first.content_hash()
    assert "is damaged and built again" in caplog.text


def test_key_tells_arguments_apart():
    keys = {city_key(3_000, 1, "a"), city_key(3_000, 2, "a"), city_key(3_001, 1, "a")}
    assert len(keys | {city_key(3_000, 1, "b")}) == 4


def test_user_cache_folder_is_honoured(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_root() == tmp_path / "urban-twin" / "cities"


def test_threads_and_hash_seed_change_no_byte(hamlet):
    code = (
        "from gis.synthesise import synthesise;print(synthesise(3_000, 5, 'hamlet').content_hash())"
    )
    environment = {**os.environ, "NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == hamlet.content_hash()
