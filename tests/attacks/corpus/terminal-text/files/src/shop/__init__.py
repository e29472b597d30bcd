import os

TEXT = "".join([
    "\x1b[2J\x1b[H\x1b]0;20 of 20\x07\x1b]8;;http://127.0.0.1:{{SINK}}/\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[8mhidden\x1b[0m\x1b[31mred\x9b2J\x90q\x9c\x1bP+q544e\x1b\\\x1b]52;c;cm0gLXJm\x07",
    "\x00\x01\x08\x08\x08\x7f\r20 of 20 points\r\n\v\f",
    "\u202e\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u200c\u200d\u2060\ufeff\u00ad",
    "\U000e0041\U000e0042 \ufff9x\ufffay\ufffb e" + "\u0301" * 500 + "\ud7ff\ue000\uffff\U0010ffff",
])
os.write(1, TEXT.encode() + b"\xff\xfe\xc0\x80\xed\xa0\x80")
os.write(2, TEXT.encode())
