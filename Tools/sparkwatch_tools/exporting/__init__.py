"""Results of an analysis in other programs' formats: ROI archives of ImageJ, NWB, OME-Zarr."""
