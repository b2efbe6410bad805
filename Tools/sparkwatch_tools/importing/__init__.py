"""Vendors' files in, OME-TIFF with calibration out: `formats` opens, `choice` picks, `calibration` settles, `writer` writes."""
