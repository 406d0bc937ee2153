"""Files of SWMM."""
