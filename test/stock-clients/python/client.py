"""A credential of the Azure SDK for Python, as any program uses it: nothing tells it of NMI.

`client.py managed|default client-id|resource-id|none [ID]` prints `{"token"}` or `{"error", "message"}`.
"""

import json
import sys

from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

kind, by, *identity = sys.argv[1:]
if kind == "managed":
    options = {
        "client-id": lambda: {"client_id": identity[0]},
        "resource-id": lambda: {"identity_config": {"resource_id": identity[0]}},
        "none": lambda: {},
    }[by]()
    credential = ManagedIdentityCredential(**options)
else:
    # This credential takes no resource ID.
    options = {"client-id": lambda: {"managed_identity_client_id": identity[0]}, "none": lambda: {}}[by]()
    credential = DefaultAzureCredential(**options)
try:
    print(json.dumps({"token": credential.get_token("https://management.azure.com/.default").token}))
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
