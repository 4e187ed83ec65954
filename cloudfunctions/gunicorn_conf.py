"""How gunicorn runs the app; `HOST`, `PORT` and `WORKERS` choose where and how many."""

import gc
import os
import shutil
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from cloudfunctions.common import telemetry

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
worker_class = "gevent"
workers = int(os.environ.get("WORKERS", "2"))
worker_connections = 4_000
# A worker that the database keeps busy is not dead: its greenlets end by their own deadlines.
timeout = 60
graceful_timeout = 5
accesslog = None
errorlog = "-"
# Its warnings repeat what a broken request said, which may be a person's words.
loglevel = "error"
wsgi_app = "cloudfunctions.app:from_environment()"


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn is not typed
    """What gunicorn says, in lines like all others."""

    def setup(self, cfg: Any) -> None:
        """Set it up, and write its lines."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(telemetry.Lines())


logger_class = JsonLogger


def on_starting(server: Any) -> None:
    """Load the reader once for all workers.

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


def on_exit(server: Any) -> None:
    """Take away what was made at the start."""
    shutil.rmtree(getattr(server, "own_metrics", ""), ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Warm up, and let waiting polls end as soon as the worker is told to stop."""
    from cloudfunctions.app import warm_up

    app = worker.app.wsgi()
    warm_up(app)
    resources = app.extensions["resources"]
    for hub in (resources.hub, resources.gone):
        hub.running = lambda: worker.alive
