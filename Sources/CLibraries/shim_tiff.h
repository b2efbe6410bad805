#pragma once
#include <tiffio.h>

// TIFFSetField and TIFFGetField are variadic: Swift does not import them. One shim per C type.
static inline int sparkwatch_tiff_set_u16(TIFF *tiff, uint32_t tag, uint16_t value) { return TIFFSetField(tiff, tag, value); }
static inline int sparkwatch_tiff_set_u32(TIFF *tiff, uint32_t tag, uint32_t value) { return TIFFSetField(tiff, tag, value); }
static inline int sparkwatch_tiff_set_f64(TIFF *tiff, uint32_t tag, double value) { return TIFFSetField(tiff, tag, value); }
static inline int sparkwatch_tiff_set_string(TIFF *tiff, uint32_t tag, const char *value) { return TIFFSetField(tiff, tag, value); }
static inline int sparkwatch_tiff_get_u16(TIFF *tiff, uint32_t tag, uint16_t *value) { return TIFFGetFieldDefaulted(tiff, tag, value); }
static inline int sparkwatch_tiff_get_set_u16(TIFF *tiff, uint32_t tag, uint16_t *value) { return TIFFGetField(tiff, tag, value); }
static inline int sparkwatch_tiff_get_u32(TIFF *tiff, uint32_t tag, uint32_t *value) { return TIFFGetField(tiff, tag, value); }
static inline int sparkwatch_tiff_get_f32(TIFF *tiff, uint32_t tag, float *value) { return TIFFGetField(tiff, tag, value); }
static inline int sparkwatch_tiff_get_string(TIFF *tiff, uint32_t tag, const char **value) { return TIFFGetField(tiff, tag, value); }
// A tag that libtiff does not know: a count comes with the text.
static inline int sparkwatch_tiff_get_text(TIFF *tiff, uint32_t tag, uint32_t *count, const char **value) { return TIFFGetField(tiff, tag, count, value); }
