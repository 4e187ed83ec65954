"""The project for WeChat DevTools: whole, small, the same each time; a stop tells the way on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudfunctions.common.settings import ROOT
from miniprogram_schema import build as builder
from miniprogram_schema.build import build

MEBI = 1024 * 1024
REQUIRED = ("app.js", "app.json", "app.wxss", "project.config.json", "sitemap.json", "theme.json")
PAGE = {
    "type": "PAGE",
    "component": "Page",
    "module": "nuanxinmiao",
    "id": "teen_home",
    "label": "首页",
    "attributes": {"title": "暖心喵", "audience": "teen", "nav": "", "fill": False},
    "dataset": {"state": {}, "params": {}, "query": {}},
    "items": [],
    "listeners": [],
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as the command writes it."""
    out = tmp_path_factory.mktemp("package") / "weapp"
    done = _command(out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ready: open {out} in WeChat DevTools" in done.stdout
    return out


def _command(out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "miniprogram_schema", "build", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_everything_that_is_named_is_there(package: Path) -> None:
    """Each page and component has its files, and names only components that are there too."""
    for name in REQUIRED:
        assert (package / name).is_file(), name
    app = _json(package / "app.json")
    assert app["pages"][0] == "pages/chat/index"
    to_see, seen = list(app["pages"]), set[str]()
    while to_see:
        key = to_see.pop()
        if key in seen:
            continue
        seen.add(key)
        for suffix in (".js", ".json", ".wxml"):
            assert (package / f"{key}{suffix}").is_file(), f"{key}{suffix}"
        settings = _json(package / f"{key}.json")
        to_see += [
            _place(package, key, used) for used in settings.get("usingComponents", {}).values()
        ]
    ours = ROOT / "miniprogram_schema" / "components"
    assert _names_of(package / "components") == _names_of(ours)


def _names_of(components: Path) -> set[str]:
    return {path.parent.name for path in components.glob("*/index.js")}


def _place(package: Path, key: str, used: str) -> str:
    if used.startswith("/"):
        return used[1:]
    beside = (package / key).parent / used
    if beside.with_suffix(".wxml").is_file() or Path(f"{beside}.wxml").is_file():
        return beside.resolve().relative_to(package.resolve()).as_posix()
    return f"miniprogram_npm/{used}"


def test_it_stays_under_what_wechat_takes(package: Path) -> None:
    """The whole package as it is written, before anything is minified."""
    total = sum(len(content) for content in _contents(package).values())
    assert total < 2 * MEBI, f"{total / MEBI:.2f} MB"


def test_what_is_personal_is_declared(package: Path) -> None:
    """Every interface that needs to stand in app.json does, and no other."""
    app = _json(package / "app.json")
    assert app["__usePrivacyCheck__"] is True
    scripts = "\n".join(path.read_text("utf-8") for path in package.rglob("*.js"))
    asked = set(
        re.findall(
            r"\bwx\.(chooseLocation|chooseAddress|choosePoi|get(?:Fuzzy)?Location)\b", scripts
        )
    )
    assert asked == set(app.get("requiredPrivateInfos", []))
    if asked:
        assert 0 < len(app["permission"]["scope.userLocation"]["desc"]) <= 30


def test_nothing_of_the_workshop_goes_in(package: Path) -> None:
    """No tests, no stories, no metas, no font or picture from somebody else's server."""
    contents = _contents(package)
    for name in contents:
        assert not re.search(r"(^|/)(tests|node_modules)/|meta\.json$|story\.json$|\.map$", name), (
            name
        )
    sheets = b"\n".join(text for name, text in contents.items() if name.endswith(".wxss"))
    assert not re.search(rb"url\(\s*['\"]?https?:", sheets)


def test_the_shipped_pages_go_in(package: Path) -> None:
    """The first start and a dead line find every page that we ship."""
    bundled = (package / "renderer" / "bundled.js").read_text("utf-8")
    files = list(builder._page_files())
    assert files
    for file in files:
        assert json.dumps(_json(file)["id"]) in bundled


def test_the_same_sources_give_the_same_bytes(package: Path, tmp_path: Path) -> None:
    """Built anew into another folder, and over what was there."""
    again = tmp_path / "weapp"
    for _ in range(2):
        done = _command(again)
        assert done.returncode == 0, done.stdout + done.stderr
        assert _contents(again) == _contents(package)
    assert [path.name for path in tmp_path.iterdir()] == ["weapp"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    """What stands there is not removed."""
    (tmp_path / "letters.txt").write_text("dear")
    done = _command(tmp_path)
    assert done.returncode == 1
    assert "holds something else" in done.stderr
    assert "Next:" in done.stderr
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_a_page_with_a_fault_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file, the place in it and the reason are told, and nothing is written."""
    bad = {**PAGE, "items": [{"id": "n1", "component": "NoSuchBlock", "module": "nuanxinmiao"}]}
    (tmp_path / "pages" / "teen").mkdir(parents=True)
    (tmp_path / "pages" / "teen" / "teen_home.json").write_text(json.dumps(bad), "utf-8")
    monkeypatch.setattr(builder, "PAGES", tmp_path / "pages")
    assert build(["--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "teen/teen_home.json: items[0].component" in said
    assert "Next: mend them" in said
    assert not (tmp_path / "out").exists()


def test_without_node_the_way_to_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the machine's nor the virtual environment's."""
    monkeypatch.setattr(builder, "_check_pages", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert build(["--out", str(tmp_path / "out")]) == 1
    assert "Next: ./deploy.sh setup brings one" in capsys.readouterr().err


def test_an_old_node_will_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name is asked for its version."""
    old = tmp_path / "bin" / "node"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho v18.19.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "nowhere"))
    with pytest.raises(builder.CannotBuildError, match="no Node 20"):
        builder.find_node()


def test_without_libraries_the_way_to_them_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before node is asked to load them."""
    monkeypatch.setattr(builder, "_check_pages", lambda: None)
    monkeypatch.setattr(builder, "FOLDER", tmp_path)
    assert build(["--out", str(tmp_path / "out")]) == 1
    assert "npm ci" in capsys.readouterr().err
