"""What is said in a story or an answer: its words, what may not stay in them, and masks over it.

A wording is {title, text}. What a person approves is always a whole wording, never a part of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cloudfunctions.common.database import Document
from cloudfunctions.common.errors import BadRequest
from nlp import personal

MASK = "〔已隐去〕"
CONTACT = frozenset(
    {"phone", "landline", "id_number", "qq", "wechat", "email", "link", "account", "address"}
)
"""Kinds by which a stranger could find a teen; a name or a school is for the moderator to weigh."""
KINDS = {
    "phone": "手机号",
    "landline": "座机号",
    "id_number": "身份证号",
    "qq": "QQ",
    "wechat": "微信",
    "email": "邮箱",
    "link": "网址",
    "account": "账号",
    "address": "住址",
    "school": "学校",
    "name": "姓名",
}
NAMED = 8
"""Spans that one refusal names."""

Span = tuple[int, int]


def whole(wording: Document) -> str:
    """The words as they are read: the title is part of them."""
    title = str(wording["title"])
    return f"{title}\n{wording['text']}" if title else str(wording["text"])


def personal_marks(text: str) -> list[Document]:
    """Spans of a text that lead to a person: [{start, end, kind}]."""
    return [
        {"start": span.start, "end": span.end, "kind": span.kind} for span in personal.find(text)
    ]


def refuse_contact(wording: Document, kinds: Iterable[str] = CONTACT) -> None:
    """Refuse a wording by which a stranger could find somebody.

    Raises:
        BadRequest: the hint names place and kind of what was found, and none of the words.
    """
    wanted = set(kinds)
    found = [
        f"{where}第{mark['start'] + 1}–{mark['end']}个字：{KINDS.get(mark['kind'], mark['kind'])}"
        for where, name in (("标题", "title"), ("正文", "text"))
        for mark in personal_marks(str(wording[name]))
        if mark["kind"] in wanted
    ]
    if found:
        raise BadRequest("里面还有能找到人的信息。", hint=f"{'；'.join(found[:NAMED])}。")


def masked(wording: Document, title_masks: Sequence[Span], masks: Sequence[Span]) -> Document:
    """Return the wording with every span replaced by `MASK`, one for spans that touch.

    Raises:
        BadRequest: a span does not lie within its text, or there is none at all.
    """
    if not title_masks and not masks:
        raise BadRequest("还没有选要隐去的地方。", hint="选中要隐去的字再提交。")
    title, text = str(wording["title"]), str(wording["text"])
    return {"title": _covered(title, title_masks), "text": _covered(text, masks)}


def _covered(text: str, masks: Sequence[Span]) -> str:
    parts, at = list[str](), 0
    for start, end in _joined(text, masks):
        parts += [text[at:start], MASK]
        at = end
    return "".join((*parts, text[at:]))


def _joined(text: str, masks: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(masks):
        if not start < end <= len(text):
            raise BadRequest("要隐去的地方不在文字里。", hint="请重新选一次。")
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
