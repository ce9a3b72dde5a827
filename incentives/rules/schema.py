"""The JSON Schema of plan documents, written from what the kinds declare (`incentives/plan.schema.json`)."""

from typing import Any

from incentives.rules.component import Component
from incentives.rules.counting import COUNTS
from incentives.rules.document import MEASURES, PERIODS, PRORATIONS, SCHEMA
from incentives.rules.fields import AMOUNT_PATTERN, object_schema
from incentives.rules.kinds import KINDS
from incentives.rules.measures import MeasureRef
from incentives.rules.plan_terms import PLAN_FIELDS
from incentives.rules.terms import COMMON_FIELDS, GATES, MODIFIERS, TRUE_UP

Schema = dict[str, Any]

KEY = {
    "type": "string",
    "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
    "description": "Names the component over all versions of a plan.",
}
NAME = {
    "type": "object",
    "required": ["en", "zh"],
    "properties": {language: {"type": "string", "pattern": "\\S"} for language in ("en", "zh")},
}
EXAMPLE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "facts", "pays"],
    "description": "A worked example: a version is only published where its examples hold.",
    "properties": {
        "name": {"type": "string", "pattern": "\\S"},
        "facts": {"type": "object", "description": "As facts.schema.json."},
        "pays": {"type": "string", "pattern": "^-?[0-9]{1,18}(\\.[0-9]{1,12})?$"},
    },
}


def plan_schema() -> Schema:
    """The whole schema; every kind under `$defs`."""
    parts = {
        "measure": MeasureRef().schema(),
        "counts": COUNTS.type.schema(),
        "gates": GATES.type.schema(),
        "modifiers": MODIFIERS.type.schema(),
        "true_up": TRUE_UP.type.schema(),
    }
    whole = _named(object_schema(PLAN_FIELDS)["properties"], parts)
    kinds = {kind: _named(_component(component), parts) for kind, component in KINDS.items()}
    inside = {
        name: _named(part, {other: shape for other, shape in parts.items() if other != name})
        for name, part in parts.items()
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Incentive plan document",
        "description": (
            "What a plan version says. Every number is a string, so that no digit is lost: a decimal, or an exact "
            "fraction such as 1/3. What a schema cannot say (tiers without gaps, weights that add up to 1) is checked "
            "by incentives/rules/checks.py. Written from the declarations in incentives/rules/."
        ),
        "type": "object",
        "additionalProperties": False,
        "required": ["schema", "measure", "period", "components"],
        "properties": {
            "schema": {"const": SCHEMA, "description": "Version of this schema."},
            "measure": {
                "enum": list(MEASURES),
                "description": "What counts as credit; the KPI whose target is the quota.",
            },
            "period": {
                "enum": list(PERIODS),
                "description": "For what length of time pay is calculated; target pay is for one of it.",
            },
            "proration": {
                "enum": list(PRORATIONS),
                "default": "none",
                "description": "days: quota and target pay count by the days on the plan, both ends counted, exact.",
            },
            "components": {
                "type": "array",
                "minItems": 1,
                "description": "Each earns on its own; weights add up to exactly 1 over those that have one.",
                "items": {"oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in KINDS]},
            },
            "cap": {
                "description": "The most that is paid, as a multiple of target pay, cut last as a line of its own.",
                "oneOf": [{"type": "string", "pattern": AMOUNT_PATTERN}, {"type": "null"}],
            },
            **whole,
            "examples": {"type": "array", "items": EXAMPLE},
        },
        "$defs": {"key": KEY, "name": NAME, **inside, **kinds},
    }


def _component(component: type[Component]) -> Schema:
    shape = object_schema((*component.FIELDS, *COMMON_FIELDS))
    shape["description"] = f"{component.purpose.en} ({component.label.en}, {component.label.zh})"
    shape["required"] = ["key", "name", "kind", *shape.get("required", ())]
    shape["properties"] = {
        "key": {"$ref": "#/$defs/key"},
        "name": {"$ref": "#/$defs/name"},
        "kind": {"const": component.kind},
        **shape["properties"],
    }
    return shape


def _named(shape: Any, parts: Schema) -> Any:
    """The same with what `parts` name replaced by references."""
    if isinstance(shape, list):
        return [_named(each, parts) for each in shape]
    if not isinstance(shape, dict):
        return shape
    bare = {name: value for name, value in shape.items() if name not in {"title", "description"}}
    for name, part in parts.items():
        if bare == part:
            said = {key: shape[key] for key in ("title", "description") if key in shape}
            return {"$ref": f"#/$defs/{name}", **said}
    return {name: _named(value, parts) for name, value in shape.items()}
