"""What the water carries: its age, and chlorine that decays in bulk and at the wall."""

from twin.flows.water.quality.inputs import QualityInput
from twin.flows.water.quality.run import QualityResult, chlorine, water_age

__all__ = ["QualityInput", "QualityResult", "chlorine", "water_age"]
