"""What pages may be made of: the blocks, the actions they may call, and the shape of a page.

All of it is read once from `miniprogram_schema/cals/`, where it is generated from the blocks' own
metas and from the registry of actions.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudfunctions.common.settings import ROOT

CALS = ROOT / "miniprogram_schema" / "cals"
MODULE = "nuanxinmiao"
DATA_SOURCE = "actions"
STAFF_CATEGORY = "倾诉台"
"""Blocks of this category stand on staff pages only."""


@dataclass(frozen=True)
class Block:
    """A block as a page may use it."""

    name: str
    title: str
    category: str
    is_container: bool
    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]
    events: frozenset[str]


@dataclass(frozen=True)
class Method:
    """An action as a page may call it."""

    name: str
    title: str
    reads: bool
    who: frozenset[str]
    fields: Mapping[str, Mapping[str, Any]]
    required: frozenset[str]


def component_of(folder: str) -> str:
    """Return what CALS calls a block: `mood-picker` is MoodPicker."""
    return "".join(part[:1].upper() + part[1:] for part in folder.split("-"))


def read(name: str) -> Any:
    """Return one of the documents in `cals/`."""
    return json.loads((CALS / name).read_text("utf-8"))


@functools.cache
def blocks() -> Mapping[str, Block]:
    """All blocks by the name that pages use."""
    return {component_of(meta["name"]): _block(meta) for meta in read("blocks.json")["blocks"]}


def _block(meta: Mapping[str, Any]) -> Block:
    return Block(
        name=meta["name"],
        title=meta["meta"]["title"],
        category=meta["meta"]["category"],
        is_container=bool(meta.get("isContainer")),
        properties=meta["data"].get("properties", {}),
        required=tuple(meta["data"].get("required", [])),
        events=frozenset(one["name"] for one in meta.get("events", [])),
    )


@functools.cache
def source_text() -> bytes:
    """The data-source document as it lies in its file."""
    return (CALS / "data_source.json").read_bytes()


@functools.cache
def methods() -> Mapping[str, Method]:
    """All actions that pages may call, by name."""
    return {one["name"]: _method(one) for one in json.loads(source_text())["methods"]}


def _method(found: Mapping[str, Any]) -> Method:
    fields = found["inParams"]
    return Method(
        name=found["name"],
        title=found["title"],
        reads=found["intent"].startswith("get-"),
        who=frozenset(found["calleeBody"]["config"]["who"]),
        fields=fields["properties"],
        required=frozenset(fields.get("required", [])),
    )


def schema_files() -> list[Path]:
    """The JSON schemas of a page and what it is made of."""
    return sorted(CALS.glob("*.schema.json"))
