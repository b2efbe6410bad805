"""Writes a movie in ImageJ's form without saying what its first axis is: tifffile counts its frames as channels."""
import sys

import numpy as np
import tifffile

path, frames = sys.argv[1], int(sys.argv[2])
tifffile.imwrite(path, np.zeros((frames, 4, 5), np.uint16), imagej=True)
