"""An API client that holds every answer against the published schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

ROOT = "urn:schema"


class Schema:
    """The OpenAPI document, asked for one answer's schema."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
        self.paths = {re.sub(r"\{[^}]+\}", "{}", path): item for path, item in self.document["paths"].items()}
        self.registry: Registry = Registry().with_resource(
            ROOT, Resource(contents=self.document, specification=DRAFT202012)
        )

    def operation(self, path: str, method: str) -> dict[str, Any]:
        """Return the operation of an address, empty when it is not documented."""
        route = re.sub(r"<[^>]+>", "{}", str(resolve(path).route))
        found: dict[str, Any] = self.paths.get(f"/{route}", {}).get(method.lower(), {})
        return found

    def check(self, path: str, method: str, answer: Any) -> None:
        """Fail unless the status is documented for the address and the body is as documented."""
        status, body = str(answer.status_code), answer.json()
        if answer.status_code == 405 or resolve(path).url_name == "api-nowhere":
            return self.valid({"$ref": f"{ROOT}#/components/schemas/Error"}, body)
        responses = self.operation(path, method)["responses"]
        assert status in responses, f"{method} {path}: {status} is not documented: {body}"
        found = responses[status]
        if "$ref" in found:
            found = self.document["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
        return self.valid(found["content"]["application/json"]["schema"], body)

    def valid(self, schema: dict[str, Any], body: Any) -> None:
        """Fail unless the body is as the schema says, and says nothing besides."""
        rooted = (
            {"$ref": schema["$ref"].replace("#", f"{ROOT}#", 1)} if schema.get("$ref", "").startswith("#") else schema
        )
        errors = [f"{error.json_path}: {error.message}" for error in self._validator(rooted).iter_errors(body)]
        assert not errors, errors
        self.nothing_besides(rooted, body)

    def nothing_besides(self, schema: dict[str, Any], body: Any) -> None:
        """Fail when an object has a key that its component does not name."""
        name = schema.get("$ref", "").rsplit("/", 1)[-1]
        component = self.document["components"]["schemas"].get(name, schema)
        if isinstance(body, list):
            for item in body:
                self.nothing_besides(component.get("items", {}), item)
        if isinstance(body, dict) and "properties" in component:
            assert set(body) <= set(component["properties"]), (name, set(body) - set(component["properties"]))
            for key, value in body.items():
                self.nothing_besides(component["properties"][key], value)

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator(schema, registry=self.registry)


class CheckedClient(APIClient):
    """Sends JSON, and checks every JSON answer under ``/api/v1/``."""

    schema: Schema

    def request(self, **kwargs: Any) -> Any:
        """Send, and hold the answer against the schema."""
        answer = super().request(**kwargs)
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            self.schema.check(kwargs["PATH_INFO"], kwargs["REQUEST_METHOD"], answer)
        return answer

    def send(self, address: str, body: Any = None, *, key: str = "", status: int = 200) -> dict[str, Any]:
        """Post JSON and return the answer, which must have this status."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.post(f"/api/v1/{address}", {} if body is None else body, format="json", headers=headers)
        assert answer.status_code == status, answer.json()
        result: dict[str, Any] = answer.json()
        return result

    def change(self, address: str, body: Any, *, status: int = 200) -> dict[str, Any]:
        """Patch with JSON and return the answer, which must have this status."""
        answer = self.patch(f"/api/v1/{address}", body, format="json")
        assert answer.status_code == status, answer.json()
        result: dict[str, Any] = answer.json()
        return result

    def read(self, address: str, *, status: int = 200, **query: Any) -> dict[str, Any]:
        """Get and return the answer, which must have this status."""
        answer = self.get(f"/api/v1/{address}", query)
        assert answer.status_code == status, answer.json()
        result: dict[str, Any] = answer.json()
        return result


@pytest.fixture(scope="session")
def schema() -> Schema:
    """The schema, generated once."""
    return Schema()


@pytest.fixture
def nobody(schema: Schema) -> CheckedClient:
    """A client without a token."""
    client = CheckedClient()
    client.schema = schema
    return client


@pytest.fixture
def api(people: Any, schema: Schema) -> Callable[[str], CheckedClient]:
    """Return a checked client with the account's token."""

    def make(name: str) -> CheckedClient:
        token, _ = Token.objects.get_or_create(user=people[name])
        client = CheckedClient()
        client.schema = schema
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return client

    return make
