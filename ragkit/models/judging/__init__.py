"""Models that judge passages and claims; none of them is asked unless the settings say so."""
