"""What is compared and drawn of every class of events; tables of events hold everything."""

CLASSES = ["spark", "puff", "wave"]
PARAMETERS = {
    "spark": ["amplitude_dff0", "fdhm_ms", "ttp_ms", "tau_decay_ms", "fwhm_x_um", "fwhm_y_um", "event_mass_dff0_um3"],
    "puff": ["amplitude_dff0", "duration_ms", "fdhm_ms", "area_um2"],
    "wave": ["amplitude_dff0", "duration_ms", "wave_speed_line_scan_um_per_s", "wave_swept_area_um2"],
}
RATE = "per_100um2_per_s"
