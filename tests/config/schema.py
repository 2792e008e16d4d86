# SPDX-License-Identifier: Apache-2.0
"""What the JSON Schema of `bulkhead schema` says of the descriptions here, as an editor would apply
it: YAML is read once as nothing but strings, once with the numbers and truths of YAML 1.2."""

import json
import re

import jsonschema
import yaml

# Rules whose every mistake a schema sees, but for those of INVISIBLE.
VISIBLE = {"unknown-key", "missing-key", "wrong-type", "wrong-unit", "wrong-value",
           "format-version", "default-owned", "vm-name", "vm-count", "channel-name"}
# And what is not supported of the format itself, not of what the board has.
LATER = re.compile(r": not-supported: '\S+' (?:\([^\n]*\) is not yet supported; remove it|"
                   r"is not yet supported here; write)")
INVISIBLE = {
    "format-version.board", "vm-count.many", "vm-name.reserved",
    "wrong-type.cpu-octal",
    "wrong-value.brace", "wrong-value.tilde", "wrong-value.dtb",  # any word may be a file
    "wrong-value.high", "wrong-value.huge", "wrong-value.lines", "wrong-value.range",
    "wrong-value.cpu",
}


class Core(yaml.SafeLoader):
    """YAML 1.2: no octal, no sexagesimal, no yes and no."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
        ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
        ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$",
         list("-+0123456789."))]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)
Core.add_constructor("tag:yaml.org,2002:int",
                     lambda loader, node: int(node.value, 16 if "0x" in node.value else 10))


class Schema:
    def __init__(self, text):
        self.schema = json.loads(text)
        jsonschema.Draft7Validator.check_schema(self.schema)
        self.validator = jsonschema.Draft7Validator(self.schema)

    def mistake(self, data, loader):
        """The first mistake; None without any. Keys are strings, as in JSON."""
        value = json.loads(json.dumps(yaml.load(data, loader)))
        error = next(iter(self.validator.iter_errors(value)), None)
        return error and f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"

    def refuses_good(self, data):
        return (self.mistake(data, yaml.BaseLoader) or self.mistake(data, Core) or "")

    def accepts_bad(self, name, data, said):
        """Why the schema's word on a file of bad/ is wrong, of which `said` is said; or ""."""
        stem = name.removesuffix(".yaml")
        rule = stem.split(".")[0]
        if rule.startswith("yaml-") or rule == "duplicate-key":
            return ""
        mistake = self.mistake(data, yaml.BaseLoader)
        sees = (rule in VISIBLE and stem not in INVISIBLE) or LATER.search(said)
        if sees and mistake is None:
            return "the schema sees no mistake"
        return "" if sees or mistake is None else f"the schema sees {mistake}"
