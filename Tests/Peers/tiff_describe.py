"""Prints as JSON what tifffile reads from the files named on the command line."""
import json
import sys

import tifffile


def describe(path):
    with tifffile.TiffFile(path) as movie:
        page = movie.pages[0]
        resolution = page.tags.get("XResolution")
        return {
            "pages": len(movie.pages),
            "shape": list(movie.series[0].shape),
            "dtype": str(page.dtype),
            "compression": int(page.compression),
            "isBigTIFF": movie.is_bigtiff,
            "strips": len(page.dataoffsets),
            "imageJ": {k: str(v) for k, v in (movie.imagej_metadata or {}).items()},
            "ome": movie.ome_metadata or "",
            "pixelsPerUnit": resolution.value[0] / resolution.value[1] if resolution else 0,
            "pixels": movie.asarray().ravel().tolist(),
            "pixelsByPage": [value for p in movie.pages for value in p.asarray().ravel().tolist()],
        }


print(json.dumps([describe(path) for path in sys.argv[1:]]))
