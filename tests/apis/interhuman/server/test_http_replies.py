"""What is said over HTTP is JSON that names its request, in its header and, if it is a refusal, in its body."""

from __future__ import annotations

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from emotoolkit.apis.interhuman.server.http_replies import CORRELATION_HEADER, error_response, json_response


def test_an_answer_is_json_with_the_id_of_its_request():
    """Status 200 unless said otherwise; the id is in a header and not in the data."""
    response = json_response({"job_id": "j", "words": "schön"}, "s-1")
    assert (response.status, response.content_type) == (200, "application/json")
    assert response.headers["X-Correlation-ID"] == "s-1"
    assert json.loads(response.body) == {"job_id": "j", "words": "schön"}
    assert json_response({}, "s-1", 202).status == 202


def test_an_answer_keeps_nothing_of_what_it_was_made_of():
    """What changes afterwards in the data is not in what is sent."""
    data = {"state": "queued"}
    response = json_response(data, "s")
    data["state"] = "done"
    assert json.loads(response.body) == {"state": "queued"}


@pytest.mark.parametrize("message", [None, "in words of its own"])
def test_a_refusal_has_code_link_and_sentence(message):
    """Its body has the four fields of the contract; without a sentence of its own it takes that of its code."""
    response = error_response(413, "ih4003", "s-2", message)
    body = json.loads(response.body)
    assert response.status == 413
    assert set(body) == {"error_id", "correlation_id", "link", "message"}
    assert (body["error_id"], body["correlation_id"]) == ("ih4003", "s-2")
    assert body["message"] == (message or "the file exceeds 33554432 bytes")
    assert body["link"].endswith("#ih4003-file-too-large")
    assert response.headers[CORRELATION_HEADER] == body["correlation_id"]


async def test_a_client_gets_it_as_it_was_said():
    """Through a real server: status, header and body arrive."""

    async def handler(request: web.Request) -> web.Response:
        return error_response(401, "ih4001", request.query["id"])

    app = web.Application()
    app.router.add_get("/", handler)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/", params={"id": "r-9"})
        body = await response.json()
    assert (response.status, response.headers["X-Correlation-ID"]) == (401, "r-9")
    assert body["correlation_id"] == "r-9"
