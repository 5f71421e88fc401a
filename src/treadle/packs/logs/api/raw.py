"""The raw lines of an API record as templates of the recipe: the combined log format, and OTLP/JSON."""

from __future__ import annotations

from pathlib import Path

import treadle as td
from treadle.packs.logs.inventory import Entry, read_inventory

INVENTORY = read_inventory(Path(__file__).parent / "inventory.toml")
SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
SCOPE = "treadle.example/gateway"

COMMON = (
    '{client_address} - - \\[{timestamp|date("%d/%b/%Y:%H:%M:%S +0000")}\\] "{method_sent} {url_path}{mark}{url_query} '
    'HTTP/{version_logged}" {code_logged} {dash}{http_response_body_size}'
)
COMBINED = f'{COMMON} "{{referer_logged}}" "{{user_agent_original}}"'
"""A request as web servers log it; one that was given up is logged with 499, as nginx does."""


def attribute(entry: Entry) -> str:
    """Return an attribute of OTLP/JSON as a template, with the comma that stands behind it."""
    kinds = {"integer": '{"intValue":"%s"}', "string": '{"stringValue":"%s"}'}
    value = (
        kinds[entry.type]
        if entry.name != "http_request_header_referer"
        else '{"arrayValue":{"values":[{"stringValue":"%s"}]}}'
    )
    before, after = value.split("%s")
    slot = f"{{{entry.name}|json}}" if entry.type == "string" else f"{{{entry.name}}}"
    made = td.escape(f'{{"key":"{entry.attribute}","value":{before}') + slot + td.escape(after + "},")
    return f"{{if {entry.name} is present}}{made}{{/if}}" if entry.nullable else made


def _otlp() -> str:
    plain = [each for each in INVENTORY.fields if each.attribute and not each.resource]
    last = next(each for each in plain if not each.nullable)
    attributes = "".join(attribute(each) for each in plain if each is not last) + attribute(last).removesuffix(",")
    service = next(each for each in INVENTORY.fields if each.resource)
    return (
        td.escape('{"resourceSpans":[{"resource":{"attributes":[') + attribute(service).removesuffix(",")
        + td.escape(f']}},"scopeSpans":[{{"scope":{{"name":"{SCOPE}"}},"spans":[{{"traceId":"') + "{trace_id}"
        + td.escape('","spanId":"') + "{span_id}"
        + '"{if parent_span_id is present},"parentSpanId":"{parent_span_id}"{/if}'
        + td.escape(',"name":"') + "{span_name|json}"
        + td.escape('","kind":2,"startTimeUnixNano":"') + "{start_ns}" + td.escape('","endTimeUnixNano":"') + "{end_ns}"
        + td.escape('","attributes":[') + attributes + td.escape('],"status":{')
        + '{if status = ERROR}"code":2{/if}'
        + td.escape(f'}}}}],"schemaUrl":"{SCHEMA_URL}"}}],"schemaUrl":"{SCHEMA_URL}"}}]}}')
    )  # fmt: skip


OTLP = _otlp()
"""A request as one message of OTLP/JSON: 64-bit integers are texts, ids are hex."""
