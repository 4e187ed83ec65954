"""The pages that people read are what the machine says today."""

from __future__ import annotations

from pathlib import Path

from tests.safety.transcripts import FOLDER, pages, regenerate


def test_transcripts_are_up_to_date() -> None:
    """Run `python -m tests.safety.transcripts` and read what changed."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert kept == pages()


def test_a_folder_is_made_equal_to_the_talks(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("an older talk", encoding="utf-8")
    assert regenerate(tmp_path) == len(list(tmp_path.glob("*.md")))
    assert not (tmp_path / "gone.md").exists()
