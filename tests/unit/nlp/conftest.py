"""One reader for all tests of the reading, because its dictionary takes a second to load."""

from __future__ import annotations

import pytest

import nlp
from nlp.reader import Reader
from nlp.segment import Segmenter


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The shipped reader."""
    return nlp.load()


@pytest.fixture(scope="session")
def segmenter() -> Segmenter:
    """The dictionary alone."""
    return Segmenter()
