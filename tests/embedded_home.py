"""A pytest plugin, loaded before Django's settings: the suite runs in a home of its own.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` choose PostgreSQL and Redis instead of SQLite and files;
whatever else the shell has set for a real run is put aside.
"""

import os
import tempfile
from pathlib import Path

from anyroom_site import keys

HOME = Path(tempfile.mkdtemp(prefix="anyroom-test-"))
_SETTINGS = (
    "SECRET_KEY DEBUG ALLOWED_HOSTS PUBLIC_URL EMAIL_URL LIVE_URL VONAGE_APPLICATION_ID "
    "VONAGE_PRIVATE_KEY VONAGE_SIGNATURE_SECRET VONAGE_API_URL DATABASE_URL REDIS_URL "
    "STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET STRIPE_PRICE_ID STRIPE_API_URL WEBHOOKS_ALLOW_PRIVATE"
)
for _name in _SETTINGS.split():
    # Empty rather than absent: a `.env` file must not bring them back.
    os.environ[_name] = os.environ.get(f"TEST_{_name}", "")
os.environ["ANYROOM_HOME"] = str(HOME)
keys.make(HOME)
(HOME / "static").mkdir()  # WhiteNoise warns of a folder that is not there
