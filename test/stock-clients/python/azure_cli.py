"""The Azure CLI: `az login --identity`, then a token of the account that it made.

`azure_cli.py client-id|resource-id|none [ID]` prints `{"token"}` or `{"error", "message"}`.
"""

import json
import subprocess
import sys

by, *identity = sys.argv[1:]
az = [sys.executable, "-m", "azure.cli"]
named = {"client-id": ["--client-id"], "resource-id": ["--resource-id"], "none": []}[by]


def run(*arguments):
    return subprocess.run([*az, *arguments, "--only-show-errors"], capture_output=True, text=True, check=False)


login = run("login", "--identity", *named, *identity)
if login.returncode != 0:
    print(json.dumps({"error": "az login", "message": login.stderr.strip()}))
    sys.exit()
token = run("account", "get-access-token", "--resource", "https://management.azure.com")
if token.returncode != 0:
    print(json.dumps({"error": "az account get-access-token", "message": token.stderr.strip()}))
else:
    print(json.dumps({"token": json.loads(token.stdout)["accessToken"]}))
