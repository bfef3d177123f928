"""Pictures of vectors, of training and of what comes of it, drawn by matplotlib; needs the extra ``plot``.

Figures are made without pyplot: they need no screen, nothing is shown, and no figure stays in memory that nobody holds.
"""

from textrep.plot.confusion import confusion_matrix
from textrep.plot.curves import learning_curve
from textrep.plot.figures import check_picture
from textrep.plot.maps import neighbour_map, word_map

__all__ = ["check_picture", "confusion_matrix", "learning_curve", "neighbour_map", "word_map"]
