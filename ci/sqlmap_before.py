"""What sqlmap asks before each request: signs it anew, and gives it a key and a version that are good.

With an old token, a used key or an old version a request is answered before what was planted in it is looked at.
"""

import json
import os
import time
import urllib.request
import uuid

with open(os.environ["REFERO_SQLMAP_STATE"], encoding="utf-8") as file:
    STATE = json.load(file)
# Tokens are good for ten minutes.
RENEW_AFTER_S = 300
signed_in = {"token": "", "at": 0.0}


def ask(path, body=None, token=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(STATE["base_url"] + path, data, headers), timeout=30) as answer:
        return json.load(answer)


def token():
    if time.monotonic() - signed_in["at"] > RENEW_AFTER_S or not signed_in["token"]:
        signed_in["token"] = ask("/v1/session", STATE["credentials"])["access_token"]
        signed_in["at"] = time.monotonic()
    return signed_in["token"]


def version():
    """The version of what the operation changes, where it can be read; else the first."""
    try:
        return ask(STATE["resource"], token=token())["version"] if STATE["resource"] else 1
    except (OSError, KeyError):
        return 1


def preprocess(req):
    req.add_header("Authorization", f"Bearer {token()}")
    if req.has_header("Idempotency-key"):
        req.add_header("Idempotency-Key", str(uuid.uuid4()))
    if req.has_header("If-match"):
        req.add_header("If-Match", f'"{version()}"')
