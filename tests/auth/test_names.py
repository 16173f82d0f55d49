from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manoir.auth._names import FROM_LATIN, LONGEST_NAME, SHAPES, folded, latin_shape, mixes_scripts, shapes_of


@pytest.mark.parametrize(
    ("name", "mixed"),
    [
        ("ada", False),
        ("анна", False),
        ("\u0430da", True),
        ("ad\u03b1", True),
        ("анна@example.com", False),
        ("an\u043da@example.com", True),
        ("ada@ex\u0430mple.com", True),
        ("ada@пример.com", False),
        ("美咲-misaki", False),
        ("", False),
        ("1234", False),
    ],
)
def test_scripts_that_look_alike_are_not_mixed(name, mixed):
    """C15"""
    assert mixes_scripts(name) is mixed


@pytest.mark.parametrize("script", SHAPES)
def test_shapes_are_pairs_of_one_script(script):
    latin, own = SHAPES[script]
    assert len(latin) == len(own)
    assert latin.isascii()
    assert len(set(own)) == len(own)
    assert not mixes_scripts(own)
    assert latin_shape(own) == latin


def test_a_latin_name_as_others_would_write_it():
    assert "\u0430\u0441\u0435" in shapes_of("ace")
    assert len(shapes_of("ace")) <= len(FROM_LATIN)


@given(st.text(max_size=1_000))
def test_any_text_is_folded_once_and_for_all(text):
    form = folded(text)
    assert folded(text[:LONGEST_NAME]) == form
    assert mixes_scripts(text) in (True, False)
    assert len(latin_shape(form)) == len(form)
