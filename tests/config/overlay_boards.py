# SPDX-License-Identifier: Apache-2.0
"""Boards whose tree is corrected by an overlay, and overlays that are wrong."""

import subprocess

HEAD = "/dts-v1/;\n/plugin/;\n"
# A device that QEMU's tree does not have, with a label, and an alias for one that it has.
GOOD = HEAD + """
&{/} {
	extra: extra@a200000 {
		compatible = "arm,pl031";
		reg = <0x00 0xa200000 0x00 0x1000>;
		interrupts = <0x00 60 0x04>;
	};
};

&{/aliases} {
	clock = "/pl031@9010000";
};
"""
# name -> file of the overlay, what is in it
WRONG = {
    "syntax": ("board.dtso", HEAD + '&{/pl031@9010000} { status = "disabled" };\n'),
    "label": ("board.dtso", HEAD + '&exta { status = "disabled"; };\n'),
    "no-labels": ("board.dtso", HEAD + '&uart9 { status = "disabled"; };\n'),
    "path": ("board.dtso", HEAD + '&{/pl031@9010001} { status = "disabled"; };\n'),
    "no-plugin": ("board.dtso", '/dts-v1/;\n/ { pl031@9010000 { status = "disabled"; }; };\n'),
    "include": ("board.dtso", HEAD + '/include/ "nowhere.dtsi"\n'),
    "missing": ("nowhere.dtso", None),
    "damaged": ("board.dtbo", b"\xd0\x0d\xfe\xedand no more"),
}


def compiled(source):
    return subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-"],
                          input=source.encode(), check=True, stdout=subprocess.PIPE).stdout


def make(folder, tree, make_board):
    def board(name, file, content, base=tree):
        make_board(folder / name, base)
        path = folder / name / "board.yaml"
        path.write_text(path.read_text().replace("board.dtb", f"board.dtb, overlay: {file}"))
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode()
            (folder / name / file).write_bytes(data)

    board("overlay", "board.dtso", GOOD)
    board("overlay-blob", "board.dtbo", compiled(GOOD))
    labelled = subprocess.run(["fdtoverlay", "-i", folder / "overlay/board.dtb", "-o", "-",
                               folder / "overlay-blob/board.dtbo"], check=True,
                              stdout=subprocess.PIPE).stdout
    for name, (file, content) in WRONG.items():
        board(f"overlay-{name}", file, content, labelled if name == "label" else tree)
