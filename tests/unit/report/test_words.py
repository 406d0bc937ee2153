"""Every language says everything, in its own letters and number marks."""

import pytest

from twin.core.errors import ScenarioError
from twin.indicators import indicators
from twin.policy import levers
from twin.report.words import LANGUAGES, words


def keys(section, path=""):
    found = set()
    for key, value in section.items():
        if key != "meanings":
            found.add(f"{path}{key}")
            found |= keys(value, f"{path}{key}/") if isinstance(value, dict) else set()
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_the_same_texts(lang):
    assert keys(words(lang).sections) == keys(words("en").sections)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_speaks_of_what_is_no_longer_registered(lang):
    told = words(lang)
    assert set(told.section("indicators")) <= set(indicators)
    assert set(told.section("meanings")) <= set(indicators)
    fields = {f"{kind}.{field}" for kind, lever in levers.items() for field in lever.model_fields}
    assert set(told.section("levers")) <= fields


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_every_named_indicator_is_also_explained(lang):
    assert set(words(lang).section("meanings")) == set(words(lang).section("indicators"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_indicator_unit_and_lever_has_a_name(lang):
    told = words(lang)
    assert set(told.section("indicators")) == set(indicators)
    units = {indicator.unit for _, indicator in indicators.items()}
    assert units <= set(told.section("units"))
    fields = {f"{kind}.{field}" for kind, lever in levers.items() for field in lever.model_fields}
    assert set(told.section("levers")) == fields


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_has_no_translation_yet_is_still_shown(lang):
    assert words(lang).name("indicators", "frost_days") == "frost days"
    assert words(lang).unit("furlong") == "furlong"
    for kind in indicators:
        assert words(lang).meaning(kind)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_leave_the_same_gaps(lang):
    for key, text in words("en").section("texts").items():
        gaps = {part.split("}")[0] for part in text.split("{")[1:]}
        assert all("{" + gap + "}" in words(lang).section("texts")[key] for gap in gaps), key


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_no_latin_letter_hides_in_a_cyrillic_word(lang):
    for section in words(lang).sections.values():
        for text in section.values() if isinstance(section, dict) else ():
            for word in text.replace("-", " ").split():
                letters = [letter for letter in word if letter.isalpha()]
                cyrillic = {("Ѐ" <= letter <= "ӿ") for letter in letters}
                assert len(cyrillic) < 2, word


def test_kazakh_has_its_own_letters():
    text = "".join(words("kk").section("texts").values()).lower()
    assert set("әғқңөұүі") <= set(text)


@pytest.mark.parametrize(
    ("lang", "value", "unit", "expected"),
    [
        ("en", 12345.6, "", "12,346"),
        ("ru", 12345.6, "", "12\u202f346"),
        ("ru", 0.1234, "share", "12,3"),
        ("kk", -0.5, "", "\u22120,500"),
        ("en", 0.0, "", "0"),
        ("en", 1.5e-7, "", "1.5e-07"),
        ("en", float("nan"), "", "\u2013"),
    ],
)
def test_numbers_are_written_the_readers_way(lang, value, unit, expected):
    assert words(lang).number(value, unit) == expected


def test_a_change_that_rounds_to_nothing_has_no_sign():
    assert words("en").percent(-0.0001, signed=True) == "0\u00a0%"
    assert words("en").percent(0.05, signed=True) == "+5\u00a0%"


def test_an_unknown_language_is_named_with_the_known_ones():
    with pytest.raises(ScenarioError, match="--lang kz: is not a language"):
        words("kz")
