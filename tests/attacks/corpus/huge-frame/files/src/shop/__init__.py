import os
import struct

os.write(3, b"PMK1" + struct.pack("<IQ", 0xFFFFFFFF, 2**60))
