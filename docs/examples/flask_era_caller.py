"""A caller from the Flask era: three paths, old words, always 200. It prints what the service answers, a line each."""

import json
import tomllib
from os import environ
from pathlib import Path

import httpx

profile = tomllib.loads((Path(environ.get("STYRMAN_HOME", Path.home() / ".styrman")) / "cli.toml").read_text())
with httpx.Client(base_url=profile["url"], headers={"Authorization": f"Bearer {profile['token']}"}, timeout=60) as bot:
    print(json.dumps(bot.get("/api/bot-status").json()))
    print(json.dumps(bot.post("/api/bot/start").json()))  # {"success": true, …}
    print(json.dumps(bot.post("/api/bot/start").json()))  # {"success": false, "message": "Bot is already running", …}
    print(json.dumps(bot.get("/api/bot-status").json()))
    print(json.dumps(bot.post("/api/bot/stop").json()))
    print(json.dumps(bot.post("/api/bot/stop").json()))  # {"success": false, "message": "Bot is not running", …}
