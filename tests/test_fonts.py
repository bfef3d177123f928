"""Fonts for what is drawn: one that has the characters is found, and what none has is named."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import font_manager

from textrep import fonts
from textrep.plot import confusion_matrix


def font_with(characters, name, path):
    """Write a font that draws each of some characters as a box."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyphs = [".notdef", *(f"uni{ord(character):04X}" for character in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap({ord(character): glyph for character, glyph in zip(characters, glyphs[1:], strict=True)})
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 800), (800, 800), (800, 0)):
        pen.lineTo(point)
    pen.closePath()
    builder.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (900, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWeightClass=400)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def system_fonts(monkeypatch):
    """Fonts of the system, for a test: none but those of matplotlib itself, and those that are put into the list."""
    own = [font for font in font_manager.fontManager.ttflist if "mpl-data" in Path(font.fname).parts]
    installed: list[str] = []
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(path) for path in installed])
    return installed


def test_no_font_is_looked_for_without_need(system_fonts, monkeypatch):
    monkeypatch.setattr(fonts, "_others", lambda: pytest.fail("looked for fonts"))
    assert fonts.families_for(["neg", "größte", "русский", "a b"]) == mpl.rcParams["font.family"]


def test_a_font_that_has_the_characters_is_taken(system_fonts, tmp_path):
    """Also if it was installed after matplotlib made its list of fonts."""
    system_fonts.append(font_with("긍부정", "Hangul One", tmp_path / "one.ttf"))
    system_fonts.append(font_with("中", "Other", tmp_path / "other.ttf"))
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    system_fonts.append(tmp_path / "broken.ttf")
    assert fonts.families_for(["긍정", "부정"]) == [*mpl.rcParams["font.family"], "Hangul One"]
    axes = confusion_matrix(["긍정", "부정", "中"], ["긍정", "부정", "中"], path=tmp_path / "m.png").axes[0]
    for label in (*axes.get_yticklabels(), *axes.get_xticklabels()):
        assert label.get_fontfamily() == [*mpl.rcParams["font.family"], "Hangul One", "Other"]


def test_known_fonts_for_korean_come_first(system_fonts, tmp_path):
    system_fonts.append(font_with("긍정", "A Font", tmp_path / "a.ttf"))
    system_fonts.append(font_with("긍정", "NanumGothic", tmp_path / "n.ttf"))
    assert fonts.families_for(["긍정"])[-1] == "NanumGothic"


def test_characters_that_no_font_has_are_named(system_fonts, tmp_path, recwarn):
    with pytest.warns(
        UserWarning, match="no installed font has the characters 긍 부 정, which are drawn as boxes"
    ) as own:
        confusion_matrix(["긍정", "부정"], ["긍정", "부정"], path=tmp_path / "m.png")
    assert own[0].filename == __file__
    assert len(own) == 1  # and none of matplotlib's
    with pytest.warns(UserWarning, match="가 각 갂 .* and 88 more, which"):
        fonts.families_for(["".join(chr(ord("가") + i) for i in range(100))])


def test_an_svg_file_keeps_text_as_text_and_needs_no_font_here(system_fonts, tmp_path, recwarn):
    confusion_matrix(["긍정", "부정"], ["긍정", "부정"], path=tmp_path / "m.svg")
    assert not recwarn.list
    words = [element.text for element in ET.parse(tmp_path / "m.svg").iter() if element.tag.endswith("text")]
    assert words.count("긍정") == words.count("부정") == 2
