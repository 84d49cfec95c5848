"""Honest inputs that the fuzzers start from, and the words that they put in. Runs nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from mdps_plugin.audit.note import LogSigner
from mdps_plugin.authoring.cura_settings import cura_settings_bytes
from mdps_plugin.authoring.examples import anatomical_model
from mdps_plugin.authoring.signing import make_payload
from mdps_plugin.canonical import canonical_json
from mdps_plugin.models.stl import encode_binary_stl
from mdps_plugin.recipes.parse import ENVELOPE_NAME
from tests.factories import Manufacturer, bundle_files, recipe_document
from tests.models.shapes import box, text_stl
from tests.toolpath import parts

_CURA = (
    b"M82 ;absolute extrusion mode\n;LAYER:0\nM107\nG0 F7200 X101.399 Y114.256 Z0.2\n"
    b";TYPE:WALL-INNER\nG1 F2100 E0.8\nG1 F1200 X100 Y-.377 E0.05241\nG1 X0.00 Y-0.017 E0.05281\n"
    b"M106 S84.2\nM204 S500\nG92 E0\n"
)
_PRUSA = (
    b";LAYER_CHANGE\n;Z:.2\nG1 Z.2 F7800\nG1 X109.368 Y104.368\nG1 E-.8 F2100\nG1 F1800\n"
    b"G1 X90.632 Y104.368 E.63419\nM106 S84.15\nM104 S210 ; set temperature\nG1 F6240;_WIPE\n"
    b"G1 X-.5 Y1 E1 ; perimeter\n\nM204 P1000\n"
)


def seeds() -> Mapping[str, list[bytes]]:
    """Honest inputs by target."""
    maker, files = Manufacturer(), bundle_files()
    signed = maker.sign(recipe_document(), files)
    signer = LogSigner.from_seed(b"l" * 32)
    key = signer.key("mdps.example/log")
    statement = make_payload(recipe_document(), files, "recipe.json")
    return {
        "gcode": [b"\0" + _PRUSA, b"\1" + _CURA, b"\2" + _PRUSA + _CURA, b"\0" + parts.START],
        "body": [
            b"\x00\x01\x01G1 X90.632 Y104.368 E.63419",
            b"\x10\x03\x02M106 S255\nG1 F3600\nG1 X109.368 Y95.632 E.63419",
            b"\x10\x03\x00;TYPE:Perimeter\n\nG92 E0",
        ],
        "stl": [_binary(), text_stl(box()), text_stl(box()).upper(), _binary()[:84]],
        "settings": [
            parts.settings_file(),
            cura_settings_bytes(anatomical_model.PROCESS),
            b"; prusaslicer_config = begin\n; layer_height = 0.2\n; prusaslicer_config = end\n",
        ],
        "bundle": [statement, signed[ENVELOPE_NAME], canonical_json(recipe_document())],
        "archive": [_zipped(signed), _zipped({f"r/{name}": data for name, data in signed.items()})],
        "documents": [canonical_json(recipe_document()), b'{"a":[1,-2.5e3,"\\ud83d\\ude00",null]}'],
        "trust": [
            maker.root_bytes(),
            signer.to_pem(),
            signer.vkey("mdps.example/log").encode(),
            signer.sign_note("mdps.example/log\n1\nAAAA\n", key.name).encode(),
            b'{"entry":{"body":{},"boot_id":"b","index":"0","kind":"k"}}\n',
        ],
    }


def _binary() -> bytes:
    return encode_binary_stl(box())


def _zipped(files: dict[str, bytes]) -> bytes:
    """A zip of these files, for seeds."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return room.getvalue()


_WORDS = (
    *("G1 X", " Y", " Z", " E", " F", "G0 F", "G92 E0", "M106 S", "M107", "M104 S", "M204 P", ";_"),
    *("G28 X", "M84 E", " ; ", ".5", "-.5", "-0", "0.00", "1e5", "+1", "999999.99999", "\\x0a"),
    *("solid", "endsolid", "facet normal 0 0 0", "outer loop", "vertex 1 0 0", "endloop", "nan"),
    *("inf", "1e39", "-1e-45", "schema", "keys", "sha256", "payload", "\\x00\\x00\\xc0\\x7f"),
)


def write_dictionary(path: Path) -> None:
    """The words as a dictionary of libFuzzer."""
    path.write_text("".join(f'"{word}"\n' for word in _WORDS))
