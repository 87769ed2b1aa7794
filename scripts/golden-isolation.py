#!/usr/bin/env python3
"""Writes tests/data/isolation.json: an isolation forest of scikit-learn, its trees and its scores.

The test reads the trees into our form and must find scikit-learn's scores. Needs scikit-learn; run it by hand when the
form of the file changes.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest

random = np.random.default_rng(7)
rows = random.normal(size=(600, 4)).astype(np.float32)
rows[:20] *= 5
forest = IsolationForest(n_estimators=20, random_state=3).fit(rows)


def tree(estimator, features):
    inner = estimator.tree_
    return {
        "feature": [int(features[f]) if f >= 0 else -1 for f in inner.feature],
        "threshold": [float(t) for t in inner.threshold],
        "left": inner.children_left.tolist(),
        "right": inner.children_right.tolist(),
        "samples": inner.n_node_samples.tolist(),
    }


golden = {
    "made_with": f"scikit-learn {sklearn.__version__}",
    "max_samples": int(forest.max_samples_),
    "trees": [tree(e, f) for e, f in zip(forest.estimators_, forest.estimators_features_)],
    "rows": rows[:60].tolist(),
    "scores": (-forest.score_samples(rows[:60])).tolist(),
}
path = pathlib.Path(__file__).parent.parent / "tests" / "data" / "isolation.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(golden))
