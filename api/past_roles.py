"""What releases gave built-in roles before a role's row said so: digests of their permissions. Nothing is added here.

A role whose row says nothing and that allows exactly one of these was never changed by anybody.
"""

from __future__ import annotations

PAST_ROLES: dict[str, tuple[str, ...]] = {
    "ap_clerk": (
        "12afef4447396cb3",
        "356f1fcb5e786daa",
    ),
    "approver": (
        "d6118c129bb7403e",
        "e8559cd333855ac1",
        "f0eb166457969e52",
    ),
    "supervisor": (
        "0bf92904c57bc899",
        "18e8cf1b94bf35e4",
        "2a55a09cb4bb2643",
        "3e1de7796bad5cbc",
        "4298ea841622f6fb",
        "5f95f6c1b91ad96a",
        "62a9dc9d56edfca7",
        "6dc9ac48064b8182",
        "6dd28d1e019d43a4",
        "7c8e8ffc6cd11c91",
        "85ad875ddc4601f5",
        "8a4a210ca4acb6ec",
        "9bc410eff22e13fa",
        "d5a705fa8dcc5cf8",
        "e640435b9857cd26",
        "e75b69a9e8927e95",
        "ed376ff86b184317",
        "fc3a40023f47aadf",
    ),
    "auditor": ("75865c70021c632d",),
    "integration": (
        "48432e88ad3f7a86",
        "f4f5baf6575d435f",
    ),
    "admin": (
        "0093967339e234a4",
        "03c50d89ff00fe7f",
        "170004c1445bc26f",
        "1be9bc2c7390f768",
        "1c7c81ee8b0ea0bd",
        "2daa49f1d9416e96",
        "2fe477bb0606dd0d",
        "48faa8d884b76420",
        "53edd3913b7ef149",
        "6e5df936d8b116a1",
        "777e55564c789444",
        "799a50d601fe20c8",
        "89f9605039c0c4dc",
        "8d49300eba9f447c",
        "9820941236da8933",
        "bbbd49d540edd2f4",
        "bdd9fabfe82e8a6a",
        "d3e8b28dba806b48",
        "ddce7880be174f42",
        "dfbc92a7e95d7dc0",
        "e5256ccc8747a99a",
        "f445c6b7315c139b",
        "ff14d2d28aa5a249",
    ),
}
