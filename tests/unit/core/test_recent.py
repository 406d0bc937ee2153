"""What is kept of what was worked out."""

from twin.core.recent import Recent


def test_the_one_not_asked_for_longest_goes_first():
    recent = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]


def test_a_value_put_again_takes_the_place_of_the_old_one():
    recent = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        recent.put(key, value)
    assert [recent.get(key) for key in "abc"] == [3, None, 4]


def test_nothing_is_left_when_it_is_cleared():
    recent = Recent(2)
    recent.put("a", 1)
    recent.clear()
    assert recent.get("a") is None
