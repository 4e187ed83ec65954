"""Cloud functions of Nuanxinmiao: one folder a feature, `common` the machinery below them."""

import sys

# pymongo looks for PyOpenSSL, which is not installed, and loads the whole X.509 of `cryptography`
# before it finds out: 8 MB and about 50 ms of every start. It then speaks TLS by the standard
# library, as it does without looking. `None` is how a module is marked as not there.
sys.modules.setdefault("pymongo.pyopenssl_context", None)  # type: ignore[arg-type]  # see above
