"""As much of Azure Resource Manager's expressions as the template uses: enough to tell which resource is meant."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

GROUP = "/subscriptions/00000000-0000-0000-0000-00000000000e/resourceGroups/rg-soc"

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|([A-Za-z_]\w*)|([(),.\[\]]))")


class Deployment:
    """A template with parameters, deployed nowhere. Raises ValueError for an expression that is none."""

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, object]) -> None:
        self.template, self.given = template, given

    def value(self, text: str) -> Any:
        """A text of the template: what its expression says, else the text itself."""
        if not text.startswith("["):
            return text
        tokens = self._tokens(text[1:-1])
        found = self._expression(tokens)
        if tokens:
            raise ValueError(f"{text}: {tokens} is left")
        return found

    def identity(self, resource: Mapping[str, Any]) -> str:
        """A resource's id. Raises ValueError where its name has not a part for each part of its type."""
        name, scope = self.value(resource["name"]), self.value(resource.get("scope", ""))
        inner = resource_id(resource["type"], *name.split("/"))
        return f"{GROUP}/providers/{scope_path(scope)}{inner}" if scope else f"{GROUP}{inner}"

    def _tokens(self, text: str) -> list[tuple[str, str]]:
        tokens, place = [], 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if not match:
                raise ValueError(f"{text}: cannot be read from {text[place:]!r}")
            kind = ("text", "name", "sign")[(match.lastindex or 1) - 1]
            tokens.append((kind, match[match.lastindex or 1].replace("''", "'")))
            place = match.end()
        return tokens

    def _expression(self, tokens: list[tuple[str, str]]) -> Any:
        kind, text = tokens.pop(0)
        if kind == "text":
            return text
        found = self._call(text, self._arguments(tokens))
        while tokens and tokens[0] == ("sign", "."):
            tokens.pop(0)
            found = found[tokens.pop(0)[1]]
        return found

    def _arguments(self, tokens: list[tuple[str, str]]) -> list[Any]:
        if tokens.pop(0) != ("sign", "("):
            raise ValueError("a name that is not called")
        found: list[Any] = []
        while tokens[0] != ("sign", ")"):
            found.append(self._expression(tokens))
            if tokens[0] == ("sign", ","):
                tokens.pop(0)
        tokens.pop(0)
        return found

    def _call(self, name: str, given: list[Any]) -> Any:
        match name, given:
            case "parameters", [key]:
                default = self.template["parameters"][key].get("defaultValue")
                return self.given[key] if key in self.given else self.value(default)
            case "variables", [key]:
                return self.template["variables"][key]
            case "format", [pattern, *values]:
                return pattern.format(*values)
            case "resourceId", [kind, *names]:
                return f"{GROUP}{resource_id(kind, *names)}"
            case "subscriptionResourceId", [kind, *names]:
                return f"{GROUP.rsplit('/', 2)[0]}{resource_id(kind, *names)}"
            case "extensionResourceId", [scope, kind, *names]:
                return f"{scope}{resource_id(kind, *names)}"
            case "guid", [*values]:
                return str(uuid.uuid5(uuid.NAMESPACE_OID, "-".join(values)))
            case "resourceGroup", []:
                return {"location": "switzerlandnorth"}
            case "reference", [identity, _]:
                return {"endpoints": {"logsIngestion": f"of {identity}"}, "immutableId": f"of {identity}"}
            case "not", [condition]:
                return not condition
            case "empty", [held]:
                return not held
            case "string", [held]:
                return str(held)
        raise ValueError(f"{name} with {len(given)} arguments")


def resource_id(kind: str, *names: str) -> str:
    """`/providers/Space/kind/name/inner/name`. Raises ValueError where names and kinds differ in number."""
    space, *kinds = kind.split("/")
    if len(kinds) != len(names) or not all(names):
        raise ValueError(f"{kind} wants {len(kinds)} names and has {names}")
    return f"/providers/{space}/" + "/".join(f"{each}/{name}" for each, name in zip(kinds, names, strict=True))


def scope_path(scope: str) -> str:
    """A scope as templates write it, `Space/kind/name`, with its parts counted."""
    if len(scope.split("/")) % 2 == 0:
        raise ValueError(f"{scope} is no scope")
    return scope
