"""Say what tifffile reads in a recording, as JSON."""

import json
import sys
import xml.etree.ElementTree as ET

import tifffile

OME = "{http://www.openmicroscopy.org/Schemas/OME/2016-06}"

with tifffile.TiffFile(sys.argv[1]) as tiff:
    series = tiff.series[0]
    movie = series.asarray().reshape((-1,) + series.shape[-2:])
    pages = [page.asarray() for page in tiff.pages]
    assert all((page == frame).all() for page, frame in zip(pages, movie, strict=True))
    root = ET.fromstring(tiff.ome_metadata)
    pixels = root.find(f".//{OME}Pixels")
    json.dump(
        {
            "isBigTIFF": tiff.is_bigtiff,
            "shape": list(movie.shape),
            "dtype": str(movie.dtype),
            "firstPixels": [float(frame[0, 0]) for frame in movie],
            "lastPixels": [float(frame[-1, -1]) for frame in movie],
            "image": root.find(f"{OME}Image").attrib["Name"],
            "date": root.find(f".//{OME}AcquisitionDate").text,
            "pixels": pixels.attrib,
            "times": [float(plane.attrib["DeltaT"]) for plane in pixels.iter(f"{OME}Plane")],
            "stamps": [json.loads(page.aspage().tags[65000].value) for page in tiff.pages],
            "series": json.loads(tiff.pages[0].tags[65001].value),
        },
        sys.stdout,
    )
