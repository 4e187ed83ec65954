"""Whether an expression of a page is one: a parser that keeps nothing and refuses with the place.

It reads as jsep does, which parses in the mini-program: the same precedence, the same strings, the
same shape of tree, so that the limits (nodes, depth) count the same. Nothing is evaluated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cloudfunctions.pages.language import (
    CHARACTERS,
    DEPTH,
    FORBIDDEN,
    HELPERS,
    NESTING,
    NODES,
    TAKES_FIELD,
    WORDS,
    Code,
    Names,
    Refused,
)

ANYTHING = Names()

PRECEDENCE = {
    **dict.fromkeys(("||", "??"), 1),
    "&&": 2,
    **dict.fromkeys(("==", "!=", "===", "!=="), 6),
    **dict.fromkeys(("<", ">", "<=", ">="), 7),
    **dict.fromkeys(("+", "-"), 9),
    **dict.fromkeys(("*", "/", "%"), 10),
}
REFUSED_OPERATORS = ("...", ">>>", "**", "<<", ">>", "=>", "?.", "|", "&", "^", "~", "=")
OPERATORS = sorted((*PRECEDENCE, *REFUSED_OPERATORS), key=len, reverse=True)

NAME = re.compile(r"[A-Za-z_$\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*")
NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
SPACES = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True)
class Node:
    """What is remembered of a part: how deep its tree is, and its name or text if it is one."""

    depth: int = 1
    name: str | None = None
    text: str | None = None


def check(source: str, names: Names = ANYTHING) -> None:
    """Check one expression.

    Raises:
        Refused: it is not one of the language, or speaks of what is not there.
    """
    if len(source.encode("utf-16-le", "surrogatepass")) // 2 > CHARACTERS:
        raise Refused("limit", f"表达式太长，最多 {CHARACTERS} 个字", 0)
    _Parser(source, names).whole()


class _Parser:
    """Recursive descent over the text itself."""

    def __init__(self, source: str, names: Names) -> None:
        self._source = source
        self._names = names
        self._at = 0
        self._nodes = 0
        self._level = 0
        self._later: Refused | None = None

    def whole(self) -> None:
        """The whole text is one expression."""
        self._spaces()
        if self._at == len(self._source):
            raise self._refused("syntax", "表达式是空的")
        self._expression()
        if self._at < len(self._source):
            raise self._unexpected()
        # Told last: what is no expression at all is the graver fault.
        if self._later is not None:
            raise self._later

    # The grammar, from the loosest binding to the tightest.

    def _expression(self) -> Node:
        node = self._binary(0)
        if not self._peek("?"):
            return node
        self._operator_allowed()
        self._at += 1
        chosen = self._expression()
        self._expect(":", "“?” 后面要有 “:”")
        other = self._expression()
        return self._node(node, chosen, other)

    def _binary(self, least: int) -> Node:
        left = self._operand()
        while (operator := self._operator()) and PRECEDENCE.get(operator, 0) > least:
            self._at += len(operator)
            right = self._binary(PRECEDENCE[operator])
            left = self._node(left, right)
        return left

    def _operand(self) -> Node:
        self._deeper()
        try:
            return self._bare_operand()
        finally:
            self._level -= 1

    def _bare_operand(self) -> Node:
        self._spaces()
        found = self._source[self._at : self._at + 1]
        if found.isascii() and (found.isdigit() or found == "."):
            return self._number()
        if found and found in "+-!":
            self._at += 1
            return self._node(self._operand())
        if found in ("'", '"'):
            return self._members(self._text(found))
        if found == "[":
            return self._members(self._list())
        if found == "{":
            return self._members(self._object())
        if found == "(":
            return self._members(self._group())
        if NAME.match(found):
            return self._named()
        self._operator_allowed()
        raise self._unexpected()

    # Operands.

    def _number(self) -> Node:
        match = NUMBER.match(self._source, self._at)
        if match is None:
            raise self._unexpected()
        self._at = match.end()
        following = self._source[self._at : self._at + 1]
        if following == "." or NAME.match(following):
            raise self._refused("syntax", "数字写错了")
        return self._node()

    def _text(self, quote: str) -> Node:
        start, pieces = self._at, list[str]()
        self._at += 1
        while (found := self._source[self._at : self._at + 1]) != quote:
            if not found or (found == "\\" and self._at + 1 >= len(self._source)):
                raise Refused("syntax", "引号没有合上", start)
            if found == "\\":
                self._at += 1
                found = self._source[self._at]
            pieces.append(found)
            self._at += 1
        self._at += 1
        return self._node(text="".join(pieces))

    def _list(self) -> Node:
        return self._node(*self._parts("]", self._expression))

    def _object(self) -> Node:
        return self._node(*self._parts("}", self._property))

    def _parts(self, end: str, part: Callable[[], Node]) -> list[Node]:
        """What stands between an opening bracket and its end, parted by commas."""
        self._at += 1
        parts = list[Node]()
        while not self._take(end):
            if parts:
                self._expect(",", f"要用逗号隔开，最后要有 “{end}”")
            parts.append(part())
        return parts

    def _property(self) -> Node:
        self._key()
        self._expect(":", "名字后面要有 “:”")
        return self._expression()

    def _key(self) -> None:
        self._spaces()
        start, found = self._at, self._source[self._at : self._at + 1]
        if found in ("'", '"'):
            nodes = self._nodes
            key = self._text(found).text or ""
            self._nodes = nodes
        else:
            key = self._word("这里要写一个名字")
        self._allowed_member(key, start)

    def _group(self) -> Node:
        self._at += 1
        node = self._expression()
        self._expect(")", "括号没有合上")
        return node

    def _named(self) -> Node:
        start = self._at
        name = self._word("")
        if name == "this":
            raise Refused("word", "不能用 this", start)
        if name in FORBIDDEN:
            raise Refused("forbidden", f"不能用 {name}", start)
        if name in WORDS:
            return self._members(self._node())
        if self._peek("("):
            return self._members(self._call(name, start))
        node = self._node(name=name)
        return self._members(node, start)

    def _call(self, name: str, start: int) -> Node:
        arguments = self._parts(")", self._expression)
        if name not in HELPERS:
            self._note(Refused("call", f"不能调用“{name[:40]}”，只能用这里的小工具", start))
            return self._node(*arguments)
        least, most = HELPERS[name]
        if not least <= len(arguments) <= most:
            count = f"{least}" if least == most else f"{least} 到 {most}"
            raise Refused("arity", f"{name} 要 {count} 个参数", start)
        if name in TAKES_FIELD and arguments[1].text is not None:
            self._allowed_member(arguments[1].text, start)
        return self._node(*arguments)

    # What follows an operand.

    def _members(self, node: Node, start: int = 0) -> Node:
        """Follow `.name` and `[…]`, and look at the first two of a name that stands for itself."""
        name, path = node.name, list[str | None]()
        while True:
            self._spaces()
            found = self._source[self._at : self._at + 1]
            if found == "(":
                raise self._refused("call", "这里不能调用")
            if found == "." or found == "[":
                member, deeper = self._dotted() if found == "." else self._indexed()
                path.append(member)
                node = self._node(node, *deeper)
                continue
            break
        if name is not None:
            self._look_up(name, path, start)
        return node

    def _dotted(self) -> tuple[str, tuple[Node, ...]]:
        if self._source.startswith("...", self._at):
            self._operator_allowed()
        self._at += 1
        self._spaces()
        start = self._at
        member = self._word("点后面要写名字")
        self._allowed_member(member, start)
        return member, ()

    def _indexed(self) -> tuple[str | None, tuple[Node, ...]]:
        self._at += 1
        start = self._at
        index = self._expression()
        self._expect("]", "“[” 没有合上")
        if index.text is not None:
            self._allowed_member(index.text, start)
        return index.text, (index,)

    def _look_up(self, name: str, path: list[str | None], start: int) -> None:
        first, second = [*path, None, None][:2]
        fault = self._names.fault(name, first, second)
        if fault:
            self._note(Refused("name", fault, start))

    def _note(self, refused: Refused) -> None:
        # The first is told; a name that nobody gives is told only if there is nothing else.
        if self._later is None or (self._later.code == "name" and refused.code != "name"):
            self._later = refused

    def _allowed_member(self, member: str, start: int) -> None:
        if member in FORBIDDEN:
            raise Refused("forbidden", f"不能读 {member}", start)

    # Steps.

    def _word(self, wanted: str) -> str:
        match = NAME.match(self._source, self._at)
        if match is None:
            raise self._refused("syntax", wanted) if self._rest() else self._unexpected()
        self._at = match.end()
        return match.group()

    def _operator(self) -> str:
        """The operator that stands here, '' if none does.

        Raises:
            Refused: it is one that the language does not have.
        """
        self._spaces()
        found = next((one for one in OPERATORS if self._source.startswith(one, self._at)), "")
        if found in REFUSED_OPERATORS:
            words = "不能赋值，比较请用 ==" if found == "=" else f"不能用 “{found}”"
            raise self._refused("syntax" if found == "=>" else "operator", words)
        return found

    def _operator_allowed(self) -> None:
        self._operator()

    def _peek(self, wanted: str) -> bool:
        self._spaces()
        return self._source.startswith(wanted, self._at)

    def _take(self, wanted: str) -> bool:
        if not self._peek(wanted):
            return False
        self._at += len(wanted)
        return True

    def _expect(self, wanted: str, reason: str) -> None:
        if not self._take(wanted):
            self._operator_allowed()
            raise self._refused("syntax", reason)

    def _spaces(self) -> None:
        match = SPACES.match(self._source, self._at)
        self._at = match.end() if match else self._at

    def _rest(self) -> str:
        return self._source[self._at :]

    def _deeper(self) -> None:
        self._level += 1
        if self._level > NESTING:
            raise self._refused("limit", f"括号套得太深，最多 {NESTING} 层")

    def _node(self, *parts: Node, name: str | None = None, text: str | None = None) -> Node:
        self._nodes += 1
        depth = 1 + max((part.depth for part in parts), default=0)
        if self._nodes > NODES:
            raise self._refused("limit", f"表达式太复杂，最多 {NODES} 个部分")
        if depth > DEPTH:
            raise self._refused("limit", f"表达式套得太深，最多 {DEPTH} 层")
        return Node(depth, name, text)

    def _refused(self, code: Code, reason: str) -> Refused:
        return Refused(code, reason, self._at)

    def _unexpected(self) -> Refused:
        if not self._rest():
            return self._refused("syntax", "没有写完")
        return self._refused("syntax", f"这里不该有 “{self._rest()[:1]}”")
