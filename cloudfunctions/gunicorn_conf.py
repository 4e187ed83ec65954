"""How gunicorn runs the app, on one machine, in a container and in an HTTP function.

`HOST`, `PORT` and `WORKERS` choose where and how many; `DUTY=yes` sweeps beside it, where nothing
else does. Start: `python -m gunicorn -c python:cloudfunctions.gunicorn_conf`.
"""

import gc
import os
import shutil
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from cloudfunctions.common import telemetry

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
worker_class = "cloudfunctions.worker.Worker"
workers = int(os.environ.get("WORKERS", "2"))
worker_connections = 4_000
# A worker that the database keeps busy is not dead: its greenlets end by their own deadlines.
timeout = 60
# Longer than any request takes that does not wait for news; with the rest of the stop below 5 s.
graceful_timeout = 4
accesslog = None
errorlog = "-"
# Its warnings repeat what a broken request said, which may be a person's words.
loglevel = "error"
wsgi_app = "cloudfunctions.app:from_environment()"
# `X_Wx_Openid` would arrive in the app as `X-Wx-Openid`: the gateway writes no such name.
header_map = "drop"
# No peer may tell of another scheme, path or script: nothing here asks for them.
forwarded_allow_ips = ""
# A door to the master that nobody here uses, open by default in the home folder.
control_socket_disable = True

_keeper: list[int] = []


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn is not typed
    """What gunicorn says, in lines like all others."""

    def setup(self, cfg: Any) -> None:
        """Set it up, and write its lines."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(telemetry.Lines())


logger_class = JsonLogger


def on_starting(server: Any) -> None:
    """Load the reader once for all workers and the sweeps, and start these where asked to.

    They share its memory, and one that replaces a killed one serves at once. Nothing else is loaded
    here: what opens sockets belongs behind gevent's patches, in the workers.
    """
    import nlp
    from nlp import reply

    # Where its workers count together, if nobody has chosen a place; it goes with this server.
    if not os.environ.get("METRICS_DIR"):
        os.environ["METRICS_DIR"] = server.own_metrics = tempfile.mkdtemp(prefix="metrics-")
    reply.plan("", nlp.assess(""), [])
    gc.collect()
    gc.freeze()
    if os.environ.get("DUTY") == "yes":
        from cloudfunctions.duty import keeper

        _keeper.append(keeper.start(_sweep))


def _sweep() -> int:
    # Imported in the process that sweeps, and only there, since it opens sockets.
    from cloudfunctions.common.settings import Settings
    from cloudfunctions.duty import rounds

    return rounds.run(Settings.from_environment(os.environ))


def post_worker_init(worker: Any) -> None:
    """Warm up."""
    from cloudfunctions.app import warm_up

    warm_up(worker.app.wsgi())


def on_exit(server: Any) -> None:
    """End the sweeps with the service, and take away what was made at the start."""
    from cloudfunctions.duty import keeper

    for one in _keeper:
        keeper.end(one, 0.5)
    shutil.rmtree(getattr(server, "own_metrics", ""), ignore_errors=True)
