"""Entra roles: the built-in ones with their public template ids, and a tenant's custom role."""

from .seeds import guid
from .world import Row, Target, World

BUILT_IN = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Security Operator": "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "Intune Administrator": "3a2c62db-5318-420d-8d74-23affee5d9d5",
    "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "Billing Administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "License Administrator": "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    "Compliance Administrator": "17315797-102d-40b4-93e0-432062caca18",
    "Hybrid Identity Administrator": "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
}


def add_roles(world: World, custom: str | None = None) -> None:
    """Every built-in role of the list, and the custom one if named."""
    for name, template_id in BUILT_IN.items():
        world.roles[name] = Target("entra_role", template_id, name, None, world.guid("role object", name))
    if custom:
        ident = guid(world.name, "custom role", custom)
        world.roles[custom] = Target("entra_role", ident, custom, None, world.guid("role object", custom), False)


def definition(role: Target) -> Row:
    """The role as `roleDefinitions` answers it."""
    return {
        "id": role.id,
        "description": f"Synthetic description of {role.name}.",
        "displayName": role.name,
        "isBuiltIn": role.built_in,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "templateId": role.id,
        "version": "1" if role.built_in else None,
        "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/users/standard/read"], "condition": None}],
        "inheritsPermissionsFrom": [],
    }
