"""A `tcb` command (@cloudbase/cli 2.12) and the cloud behind it, kept in a folder.

`FakeTcb(folder)` writes an executable `tcb` into `folder/bin`; whoever has that in PATH deploys
into `folder/cloud.json`: {functions: {name: {code, config, variables, triggers}}, container:
{service: {source, port}}, hosting: {path: sha256}}. There are no counters and no times in it, so
the same deployments leave the same bytes. What was called stands apart, in `folder/calls.log`.

`mode` chooses documented failures: 'login' (nobody is logged in), 'quota', 'balance', 'timeout' (it
is done, and the answer does not come), 'busy' (the function is being updated), and 'cut' (half of
it is done, then the command dies), each for the commands that begin with some words; `environments`
are those of the account. `kill` ends whoever started the command, before or after a call does its
work.

Contract: `tcb env list`; `tcb fn deploy NAME -e ENV --force [--httpFn]`, which reads the file
cloudbaserc.json and `.env.local` of the working folder and keeps the variables of a function for
which no others are named; `tcb fn trigger create NAME -e ENV`; `tcb hosting deploy DIR -e ENV`;
`tcb cloudrun deploy -e ENV -s SERVICE --port N --source DIR --force`. Anything else is refused, as
is a function that stands in no file.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STATE, CALLS, MODE = "cloud.json", "calls.log", "mode.json"
FAILURES = {
    "login": "✖ 无有效身份信息，请使用 cloudbase login 登录",
    "quota": "✖ [fn] LimitExceeded.Function: 函数数量超出配额限制",
    "balance": "✖ ResourceInsufficient.Balance: 账户余额不足",
    "timeout": "✖ request to https://scf.tencentcloudapi.com failed, reason: ETIMEDOUT",
    "busy": "✖ FailedOperation.UpdateFunctionCode: 当前函数状态无法进行此操作，请稍后重试",
    "other": "✖ InternalError: 内部错误",
}

Cloud = dict[str, Any]


class FakeTcb:
    """The test's side: where the command lies, what it is to do wrong, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        self.environments = ["prod-1a2b3c"]
        self._mode: dict[str, Any] = {}
        script = self.bin / "tcb"
        script.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__)}" "{folder}" "$@"\n'
        )
        script.chmod(0o755)
        self.well()

    def well(self) -> None:
        """Everything works."""
        self._write({"environments": self.environments})

    def fails(self, how: str, command: str = "") -> None:
        """Calls that begin with `command` fail in this way."""
        self._write({"environments": self.environments, "fails": how, "command": command})

    def kill(self, call: int, *, after: bool) -> None:
        """End whoever makes this call (from 1), before or after it has done its work."""
        when = "after" if after else "before"
        self._write({"environments": self.environments, "kill": call, "when": when})

    def _write(self, mode: dict[str, Any]) -> None:
        (self.folder / MODE).write_text(json.dumps(mode))

    @property
    def raw(self) -> bytes:
        """The cloud, byte for byte."""
        path = self.folder / STATE
        return path.read_bytes() if path.exists() else b""

    @property
    def cloud(self) -> Cloud:
        """What the cloud has."""
        found: Cloud = json.loads(self.raw or b"{}")
        return found

    @property
    def calls(self) -> list[list[str]]:
        """Every call's arguments, in order."""
        path = self.folder / CALLS
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def forget_calls(self) -> None:
        """Count from here."""
        (self.folder / CALLS).unlink(missing_ok=True)


class Refused(Exception):
    """The command says this and ends with exit status 1."""


def main(arguments: list[str]) -> int:
    """One call of the command."""
    folder, call = Path(arguments[0]), arguments[1:]
    with (folder / CALLS).open("a") as log:
        log.write(json.dumps(call) + "\n")
    number = len((folder / CALLS).read_text().splitlines())
    mode = json.loads((folder / MODE).read_text())
    how = mode.get("fails", "") if " ".join(call).startswith(mode.get("command", "")) else ""
    if mode.get("kill") == number and mode["when"] == "before":
        os.kill(os.getppid(), signal.SIGKILL)
        return 1
    try:
        if how in FAILURES and how != "timeout":
            raise Refused(FAILURES[how])
        print(_done(folder, call, mode, half=how == "cut"))
        if how == "timeout":
            raise Refused(FAILURES[how])
    except Refused as refused:
        print(refused)
        return 1
    if how == "cut":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode.get("kill") == number:
        os.kill(os.getppid(), signal.SIGKILL)
    return 0


def _done(folder: Path, call: list[str], mode: dict[str, Any], *, half: bool) -> str:
    match call:
        case ["env", "list"]:
            rows = "\n".join(f"│ teens │ {one} │ Normal │" for one in mode["environments"])
            return f"┌──────┐\n{rows}\n└──────┘"
        case ["fn", "deploy", name, *rest]:
            return _deploy(folder, name, _options(rest, mode, "--force", "--httpFn"), half=half)
        case ["fn", "trigger", "create", name, *rest]:
            _options(rest, mode)
            return _trigger(folder, name)
        case ["cloudrun", "deploy", *rest]:
            return _run(folder, _options(rest, mode, "--force", "-s", "--port", "--source"))
        case ["hosting", "deploy", source, *rest]:
            _options(rest, mode)
            return _host(folder, Path(source), half=half)
    raise Refused(f"error: unknown command '{' '.join(call)}'")


def _options(rest: list[str], mode: dict[str, Any], *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    parser.add_argument("-e", dest="environment", required=True)
    for flag in more:
        plain = flag in ("--force", "--httpFn")
        parser.add_argument(flag, action="store_true" if plain else "store")
    found = parser.parse_args(rest)
    if found.environment not in mode["environments"]:
        raise Refused(f"✖ 环境 {found.environment} 不存在: ResourceNotFound.EnvId")
    return found


def _deploy(folder: Path, name: str, options: argparse.Namespace, *, half: bool) -> str:
    function, root = _configured(name)
    if (function["type"] == "HTTP") != options.httpFn:
        raise Refused("✖ 函数类型与 --httpFn 不一致")
    source = root / function["dir"]
    if options.httpFn and not os.access(source / "scf_bootstrap", os.X_OK):
        raise Refused("✖ scf_bootstrap 不存在或没有执行权限")
    with _cloud(folder) as cloud:
        functions = cloud.setdefault("functions", {})
        if name in functions and not options.force:
            raise Refused("✖ ResourceInUse.FunctionName: 存在同名云函数")
        before = functions.get(name, {})
        fresh = {**before, "code": digest_of(source)}
        if not half:
            kept = ("handler", "runtime", "type", "timeout", "memorySize")
            fresh["config"] = {one: function[one] for one in kept if one in function}
            fresh["variables"] = function.get("envVariables") or before.get("variables", {})
            fresh.setdefault("triggers", {})
        functions[name] = fresh
    return f"✔ [{name}] 云函数部署成功！"


def _trigger(folder: Path, name: str) -> str:
    function, _ = _configured(name)
    with _cloud(folder) as cloud:
        if name not in cloud.get("functions", {}):
            raise Refused("✖ ResourceNotFound.Function: 函数不存在")
        if not function.get("triggers"):
            raise Refused(f"✖ [{name}] 没有触发器配置")
        cloud["functions"][name]["triggers"] = {
            one["name"]: one["config"] for one in function["triggers"]
        }
    return f"✔ [{name}] 创建云函数触发器成功！"


def _run(folder: Path, options: argparse.Namespace) -> str:
    source = Path(options.source)
    if not (source / "Dockerfile").is_file():
        raise Refused("✖ 没有找到 Dockerfile")
    with _cloud(folder) as cloud:
        entry = {"source": digest_of(source), "port": int(options.port)}
        cloud.setdefault("container", {})[options.s] = entry
    return "✔ 云托管服务部署成功"


def _host(folder: Path, source: Path, *, half: bool) -> str:
    files = sorted(path for path in source.rglob("*") if path.is_file())
    with _cloud(folder) as cloud:
        hosting = cloud.setdefault("hosting", {})
        for path in files[: len(files) // 2] if half else files:
            name = path.relative_to(source).as_posix()
            hosting[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"✔ 文件共计 {len(files)} 个"


def _configured(name: str) -> tuple[Cloud, Path]:
    """A function of cloudbaserc.json in the working folder, its {{env.…}} filled in."""
    try:
        text = Path("cloudbaserc.json").read_text("utf-8")
    except OSError:
        raise Refused("✖ 未找到 cloudbaserc.json") from None
    variables = dict[str, str]()
    for file in (".env", ".env.local"):
        if Path(file).exists():
            lines = Path(file).read_text("utf-8").splitlines()
            variables |= dict(line.split("=", 1) for line in lines if "=" in line)
    content = json.loads(
        re.sub(r"\{\{env\.(\w+)\}\}", lambda found: variables.get(found[1], ""), text)
    )
    found = next((one for one in content["functions"] if one["name"] == name), None)
    if content["version"] != "2.0" or found is None:
        raise Refused(f"✖ 配置文件中没有函数 {name}")
    return found, Path(content["functionRoot"])


def digest_of(folder: Path) -> str:
    """One SHA-256 of names, modes and contents."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        mode = "x" if os.access(path, os.X_OK) else "-"
        digest.update(f"{path.relative_to(folder)} {mode} ".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@contextlib.contextmanager
def _cloud(folder: Path) -> Iterator[Cloud]:
    """The state, written whole or, where the call is refused, not at all."""
    path = folder / STATE
    content: Cloud = json.loads(path.read_text()) if path.exists() else {}
    yield content
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False))
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
