"""The start commands of a container and of an HTTP function, as they stand there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests

from cloudfunctions.common.resources import Resources
from cloudfunctions.common.settings import ROOT
from cloudfunctions.local import demo
from cloudfunctions.local.place import State, port_free
from tests.contract.test_ways import EXPECTED, scenario
from tests.contract.ways import by_http
from tests.faults.beside import Beside
from tests.faults.test_memory import REQUESTS, Crowd
from tests.support.copy import Copy
from tests.support.function import environment_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

LIMIT_MB = 256
BOOTSTRAP = ROOT / "cloudfunctions" / "scf_bootstrap"
PORT = 9000


def sizes(pid: int) -> dict[str, tuple[float, float]]:
    """MB of every process: its share (memory of several is divided) and what it sees."""
    master = psutil.Process(pid)
    found = {}
    for number, one in enumerate([master, *master.children(recursive=True)]):
        memory = one.memory_full_info()
        found[f"{number} {one.pid}"] = (memory.pss / 2**20, memory.rss / 2**20)
    return found


def test_the_whole_container_stays_within_256_mb(
    host: Copy, door: Resources, tmp_path: Path
) -> None:
    """Master, worker and sweeps together, after a talk to its end and thousands of requests."""
    with door.database.deadline(10):
        # The demo does not play while real teens wait.
        door.database.collection("conversations").delete_many({})
    with Beside(host, tmp_path, DUTY="yes", WORKERS="1") as service:
        state = State(0, "127.0.0.1", service.port, host.state().database_uri, {})
        assert demo.main(state, environment_of(host)) == 0
        crowd = Crowd(service, door)
        before = sizes(service.pid)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(crowd.call, range(REQUESTS)))
        after = sizes(service.pid)
    assert {status for _, status in crowd.statuses} == {200}
    for name, found in (("before", before), (f"after {REQUESTS:,} requests", after)):
        shown = ", ".join(f"{share:.0f} ({seen:.0f})" for share, seen in found.values())
        whole = sum(share for share, _ in found.values())
        print(f"\ncontainer, {name}: {whole:.0f} MB = {shown}")
    assert sum(share for share, _ in after.values()) <= LIMIT_MB


def test_the_bootstrap_is_what_the_platform_asks_for() -> None:
    content = BOOTSTRAP.read_bytes()
    assert content.startswith(b"#!/bin/bash\n")
    assert b"\r" not in content
    assert BOOTSTRAP.stat().st_mode & 0o777 == 0o755
    assert b"/var/lang/python310/bin/python3.10" in content


def test_the_bootstrap_says_what_is_missing(tmp_path: Path) -> None:
    if Path("/var/lang").exists():
        pytest.skip("this machine is such a function itself")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHON_BIN"}
    tried = subprocess.run(
        [BOOTSTRAP], env=environment, capture_output=True, text=True, check=False, timeout=20
    )
    assert tried.returncode == 1
    assert "no Python 3.10" in tried.stderr


def test_an_http_function_starts_by_its_bootstrap_on_port_9000(host: Copy, tmp_path: Path) -> None:
    if not port_free("0.0.0.0", PORT):  # noqa: S104  as the platform asks for
        pytest.skip("port 9000 of this machine is taken")
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    for name in ("cloudfunctions", "nlp", "miniprogram_schema"):
        (unpacked / name).symlink_to(ROOT / name)
    shutil.copy2(BOOTSTRAP, unpacked / "scf_bootstrap")
    environment = environment_of(host, PYTHON_BIN=sys.executable, PORT="1", HOST="127.0.0.1")
    del environment["PYTHONPATH"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [unpacked / "scf_bootstrap"], cwd="/", env=environment, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{PORT}"
        wait_ready(address, process)
        transcript = scenario(by_http("http_function", address))
        assert [status for _, status, _ in transcript] == EXPECTED
        (bound,) = {
            one.laddr.ip
            for one in psutil.Process(process.pid).net_connections()
            if one.status == psutil.CONN_LISTEN
        }
        assert bound == "0.0.0.0"  # noqa: S104  as the platform asks for
    finally:
        process.terminate()
        assert process.wait(10) == 0, (tmp_path / "log").read_text()


def wait_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it serves."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "it ended at once"
        try:
            if requests.get(f"{address}/readyz", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise TimeoutError("not ready")
